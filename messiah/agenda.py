"""Free slots and meetings, asked of the scheduler as anybody with a NATS client could."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError
from rich.table import Table

from contracts.requests import (
    BookByHand,
    Booked,
    Cancel,
    Cancelled,
    FindSlots,
    ListedMeeting,
    ListMeetings,
    MeetingsListed,
    Refused,
    Request,
    Reschedule,
    Slot,
    SlotsFound,
    parse_reply,
)
from contracts.values import MeetingFacts, TimeWindow
from messiah.narration import moment
from messiah.terminal import Screen
from services.runtime.broker import Broker
from services.runtime.clock import ISRAEL, Clock
from services.runtime.errors import Failure, InvalidMessage
from services.runtime.provisioner import read_pin
from services.scheduler.domain.slot import slot_id_of
from services.scheduler.domain.wish import read_wish

Q = TypeVar("Q", BookByHand, FindSlots, ListMeetings)
R = TypeVar("R", SlotsFound, MeetingsListed, Booked, Cancelled)

TIMEOUT_S = 10.0
AHEAD = timedelta(days=30)
"""How far to look for meetings when nobody says until when."""


class Agenda:
    """What the scheduler of a running system is asked."""

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock

    @classmethod
    async def of(cls, broker: Broker) -> "Agenda":
        return cls(broker, Clock.pinned(await read_pin(broker)))

    def window(self, wish: str) -> TimeWindow:
        """The time that is meant. Raises InvalidMessage that says how times are written."""
        try:
            return read_wish(wish, self._clock.now(), ISRAEL)
        except ValueError as error:
            raise InvalidMessage(str(error)) from error

    def exactly(self, written: str) -> datetime:
        """The very moment that is meant. Raises InvalidMessage if it is none."""
        window = self.window(written)
        if not window.exact:
            raise InvalidMessage(f"{written!r} is no moment; write it like 2026-11-25T10:00")
        return window.start

    async def slots(
        self, wish: str | None, not_before: str | None, not_on: Sequence[str], **asked: int | str | None
    ) -> list[Slot]:
        """Good slots for a wish, or the nearest; `asked` are other fields of FindSlots."""
        times = {
            "wish": self.window(wish) if wish else None,
            "not_before": self.window(not_before).start if not_before else None,
            "not_on": [self.window(each) for each in not_on],
        }
        return list((await self._ask(_request(FindSlots, **times, **asked), SlotsFound)).slots)

    async def meetings(
        self, since: str | None, until: str | None, representative: str | None, lead_id: str | None, cancelled: bool
    ) -> list[ListedMeeting]:
        """Meetings from now on, for a month, or between two days, both included."""
        start = self.window(since).start if since else self._clock.now()
        end = self.window(until).end if until else start + AHEAD
        if end < start:
            raise InvalidMessage("--to lies before --from; swap them")
        window = TimeWindow(start=start, end=end)
        found: list[ListedMeeting] = []
        cursor: str | None = None
        while True:
            only = {"representative_id": representative, "lead_id": lead_id, "include_cancelled": cancelled}
            page = await self._ask(_request(ListMeetings, window=window, cursor=cursor, **only), MeetingsListed)
            found += page.meetings
            if (cursor := page.next_cursor) is None:
                return found

    async def book(self, **fields: object) -> MeetingFacts:
        """Book a free slot by hand; `fields` are those of BookByHand."""
        return (await self._ask(_request(BookByHand, **fields), Booked)).meeting

    def slot_id(self, slot: str | None, at: str | None, representative: str | None) -> str:
        """The slot that is meant: by its own name, or by when and with whom."""
        if slot is not None:
            return slot
        if at is None or representative is None:
            raise InvalidMessage("give --slot from `messiah slots`, or --at and --with")
        return slot_id_of(representative, self.exactly(at))

    async def move(self, meeting_id: UUID, slot: str | None, to: str | None) -> MeetingFacts:
        """Move a meeting to a slot, or to a moment with the same person. Raises Failure if that is not free."""
        if slot is None:
            if to is None:
                raise InvalidMessage("give --to, such as 2026-11-25T10:00, or --slot from `messiah slots`")
            start = self.exactly(to)
            asked = FindSlots(wish=TimeWindow(start=start, end=start), meeting_id=meeting_id)
            free = (await self._ask(asked, SlotsFound)).slots
            slot = next((each.slot_id for each in free if each.start == start), None)
            if slot is None:
                raise Failure(f"{moment(start)} is not free{_instead(free)}")
        return (await self._ask(Reschedule(meeting_id=meeting_id, slot_id=slot), Booked)).meeting

    async def cancel(self, meeting_id: UUID, reason: str | None) -> None:
        """Cancel a meeting."""
        await self._ask(Cancel(meeting_id=meeting_id, reason=reason), Cancelled)

    async def _ask(self, request: Request, kind: type[R]) -> R:
        """The reply to a request. Raises Failure with the scheduler's own words if it is refused."""
        body = request.model_dump_json().encode()
        reply = parse_reply(await self._broker.ask(request.subject, body, TIMEOUT_S))
        if isinstance(reply, Refused):
            raise Failure(reply.detail + _instead(reply.alternatives))
        if not isinstance(reply, kind):
            raise Failure(f"{request.subject} was answered with {reply.kind}: the scheduler is of another version")
        return reply


def show_slots(slots: Sequence[Slot], screen: Screen) -> None:
    """Slots as columns in a terminal, separated by tabs in a pipe."""
    rows = [(each.slot_id, _when(each.start, each.end), screen.mixed(each.representative_name)) for each in slots]
    _show(rows, ("slot", "when", "with"), screen, "nobody is free then")


def show_meetings(meetings: Sequence[ListedMeeting], screen: Screen) -> None:
    """Meetings as columns in a terminal, separated by tabs in a pipe."""
    rows = [
        (
            str(each.meeting.meeting_id),
            _when(each.meeting.start, each.meeting.end),
            screen.mixed(each.meeting.representative_name),
            screen.mixed(", ".join(filter(None, (each.lead.name, each.lead.company))) or each.lead_id),
            "cancelled" if each.cancelled else "booked",
        )
        for each in meetings
    ]
    _show(rows, ("meeting", "when", "with", "lead", "status"), screen, "no meetings")


def _show(rows: Sequence[tuple[str, ...]], columns: tuple[str, ...], screen: Screen, nothing: str) -> None:
    if not screen.console.is_terminal:
        for row in rows:
            screen.row(*row)
        return
    if not rows:
        screen.say(nothing, "dim")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(columns[0], no_wrap=True)
    for name in columns[1:]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    screen.console.print(table)


def _when(start: datetime, end: datetime) -> str:
    return f"{start.astimezone(ISRAEL):%a %Y-%m-%d %H:%M}-{end.astimezone(ISRAEL):%H:%M}"


def _request(kind: type[Q], **fields: object) -> Q:
    """A request of what a person typed. Raises InvalidMessage that names what is wrong."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidMessage(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _instead(slots: Sequence[Slot]) -> str:
    """Slots to take instead, one a line."""
    shown = [f"\n  {each.slot_id}  {moment(each.start)} with {each.representative_name}" for each in slots]
    return "; free are:" + "".join(shown) if shown else ""

"""The week's meetings, and moving or cancelling one."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from nicegui import ui

from contracts.requests import ListedMeeting, Slot
from contracts.values import TimeWindow
from services.runtime.clock import ISRAEL
from services.runtime.errors import Failure
from services.telemetry.console.access.roles import Action
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words, apart
from services.telemetry.console.pieces.asking import ask
from services.telemetry.console.pieces.marks import badge, button, facts, latin, nothing, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.visit import Visit

DAYS = 7
SLOTS = 24
_WEEK = timedelta(days=DAYS)
_DAY = timedelta(days=1)


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/meetings", "meetings")
    async def meetings(visit: Visit) -> None:
        words = visit.words
        today = desk.clock.now().astimezone(ISRAEL).date()
        first = _sunday(_asked(visit.request.query_params.get("week"), today))
        with ui.element("div").classes("call-head"):
            _ways(words, first, _sunday(today))
        window = TimeWindow(start=_midnight(first), end=_midnight(first + _WEEK))
        found = await desk.neighbours.meetings(window, cancelled=True)
        by_day: dict[date, list[ListedMeeting]] = defaultdict(list)
        for each in found:
            by_day[each.meeting.start.astimezone(ISRAEL).date()].append(each)
        with ui.element("div").classes("week"):
            for day in (first + _DAY * number for number in range(DAYS)):
                _day(visit, day, by_day[day], is_today=day == today)


def _asked(given: str | None, today: date) -> date:
    try:
        asked = date.fromisoformat(given) if given else today
        return asked if 2000 <= asked.year < 9000 else today
    except ValueError:
        return today


def _sunday(day: date) -> date:
    """The beginning of the Israeli week."""
    return day - _DAY * ((day.weekday() + 1) % DAYS)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ISRAEL)


def _ways(words: Words, first: date, this: date) -> None:
    ui.link(words("meetings.previous"), f"/meetings?week={first - _WEEK}")
    if first != this:
        ui.link(words("meetings.this"), "/meetings")
    ui.link(words("meetings.next"), f"/meetings?week={first + _WEEK}")
    last = first + _WEEK - _DAY
    text(words("meetings.week", first=apart(f"{first:%d.%m}"), last=apart(f"{last:%d.%m.%Y}")), "h2")


def _day(visit: Visit, day: date, meetings: list[ListedMeeting], *, is_today: bool) -> None:
    words = visit.words
    with ui.element("section").classes("day today" if is_today else "day"):
        with ui.element("h3"):
            text(words(f"weekday.{(day.weekday() + 1) % DAYS}"))
            latin(f"{day:%d.%m}", "soft")
        for each in meetings:
            _meeting(visit, each)
        if not meetings:
            text(words("meetings.none"), "p", "soft")


def _meeting(visit: Visit, listed: ListedMeeting) -> None:
    words, meeting = visit.words, listed.meeting
    name = listed.lead.name or words("lead.unknown")
    times = f"{words.time(meeting.start)}–{words.time(meeting.end)}"
    made = ui.element("button").classes("meeting gone" if listed.cancelled else "meeting").props('type="button"')
    made.props["aria-label"] = f"{words('meetings.meeting')} {times} {name}"
    with made:
        latin(times, "time")
        text(name, "strong")
        if listed.lead.company:
            text(listed.lead.company, classes="soft block")
        text(words("meetings.with", name=meeting.representative_name), classes="soft block")
        if listed.cancelled:
            badge(words("meetings.cancelled"), "bad")
    made.on("click", lambda: _dialog(visit, listed))


def _dialog(visit: Visit, listed: ListedMeeting) -> None:
    words, meeting, neighbours = visit.words, listed.meeting, visit.desk.neighbours
    name = listed.lead.name or words("lead.unknown")
    at = f"{words.day(meeting.start)} {words.time(meeting.start)}"

    async def cancel() -> None:
        step = partial(neighbours.cancel, meeting.meeting_id, None, listed.sequence)

        async def done() -> bool:
            await step()
            return True

        if await visit.do(Action.CANCEL_MEETING, str(meeting.meeting_id), done, said=words("meetings.cancelled_now")):
            ui.navigate.reload()

    async def move(slot: Slot) -> None:
        step = partial(neighbours.move, meeting.meeting_id, slot.slot_id, listed.sequence)
        detail = f"{meeting.start.isoformat()} -> {slot.start.isoformat()}"
        if await visit.do(
            Action.MOVE_MEETING, str(meeting.meeting_id), step, said=words("meetings.moved"), detail=detail
        ):
            ui.navigate.reload()

    async def offer() -> None:
        choices.clear()
        try:
            slots = await neighbours.slots(meeting.meeting_id, None, SLOTS)
        except Failure as failure:
            visit.warn(words("failed.read", why=words.why(failure.detail)))
            return
        with choices:
            _slots(words, meeting.representative_name, slots, move)

    with ui.dialog() as dialog, ui.element("div").classes("dialog").props('role="dialog"') as box:
        box.props["aria-label"] = words("meetings.meeting")
        text(name, "h2")
        rows = [
            (words("calls.when"), at),
            (words("meetings.meeting"), meeting.representative_name),
        ]
        if listed.lead.company:
            rows.append((words("playbooks.company"), listed.lead.company))
        if listed.lead.email:
            rows.append(("@", listed.lead.email))
        facts(rows)
        if listed.call_id:
            ui.link(words("meetings.call"), f"/calls/{listed.call_id}")
        choices = ui.element("div").classes("slots")
        with ui.element("div").classes("buttons"):
            button(words("close"), dialog.close)
            if not listed.cancelled and visit.may(Action.MOVE_MEETING):
                button(words("meetings.move"), offer, kind="primary")
                question = words("meetings.cancel_ask", name=name, at=at)
                button(
                    words("meetings.cancel"),
                    lambda: ask(words, question, words("meetings.cancel"), cancel),
                    kind="danger",
                )
    dialog.on("hide", dialog.delete)
    dialog.open()


def _slots(words: Words, representative: str, slots: Sequence[Slot], move: Callable[[Slot], Awaitable[None]]) -> None:
    if not slots:
        nothing(words("meetings.no_free"))
        return
    text(words("meetings.free", name=representative), "h3")
    with ui.element("div").classes("buttons"):
        for slot in slots:
            button(f"{words.day(slot.start)} {words.time(slot.start)}", partial(move, slot))

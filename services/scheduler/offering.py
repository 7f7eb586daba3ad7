"""Which slots to offer: a team's free time, less what is booked and what other calls hold."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts import requests
from services.runtime.clock import ISRAEL
from services.scheduler.domain.assignment import acquainted, rank
from services.scheduler.domain.availability import Availability, Busy
from services.scheduler.domain.meeting import Meeting
from services.scheduler.domain.sighting import without
from services.scheduler.domain.slot import Slot, Wish, choose
from services.scheduler.domain.team import Team
from services.scheduler.ports import Reading

_WEEK = timedelta(days=8)
"""Limits count whole weeks, so what is taken is read this much further both ways."""


class Offering:
    """Finds good slots of one team for a wish. It changes nothing, and is never changed."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.representatives = {each.id: each for each in team.representatives}
        self._availabilities = {each.id: Availability(each, team.working_days) for each in team.representatives}
        self._horizon = timedelta(days=max((each.horizon_days for each in team.representatives), default=0))

    async def find(
        self,
        calendar: Reading,
        wish: Wish,
        now: datetime,
        *,
        call_id: UUID | None = None,
        lead_id: str | None = None,
        moving: Meeting | None = None,
        outside: Sequence[Busy] = (),
    ) -> list[Slot]:
        """Good slots for a wish. What the call `call_id` holds counts as free, and so does the time of the meeting
        `moving`. Whoever has a meeting with `lead_id` keeps the lead while free at all. `outside` is what people's own
        calendars say is taken."""
        busy = besides([*await self._busy(calendar, now, call_id), *outside], moving)
        minutes = wish.minutes or (moving.minutes if moving else None)
        free = [slot for slot in self._free(wish, now, busy, minutes) if moving is None or slot.start != moving.start]
        keeps = moving.representative_id if moving else acquainted(busy, now, lead_id)
        theirs = [slot for slot in free if slot.representative_id == keeps and wish.allows(slot)]
        return choose(theirs or free, wish, rank(self.representatives.values(), busy, now, lead_id), ISRAEL)

    async def exactly(
        self,
        calendar: Reading,
        slot_id: str,
        start: datetime,
        now: datetime,
        *,
        minutes: int | None = None,
        moving: Meeting | None = None,
        call_id: UUID | None = None,
        outside: Sequence[Busy] = (),
    ) -> Slot | None:
        """The slot of that name if it is free. See `find`."""
        busy = besides([*await self._busy(calendar, now, call_id), *outside], moving)
        at = (availability.at(start, now, busy, minutes) for availability in self._availabilities.values())
        return next((slot for slot in at if slot is not None and slot.slot_id == slot_id), None)

    def works(self, slot: Slot) -> bool:
        """Whether the slot's representative works then, taken or not."""
        availability = self._availabilities.get(slot.representative_id)
        return availability is not None and availability.works(slot)

    def warm(self, now: datetime) -> None:
        """Work out the days to come before a caller waits for them."""
        for availability in self._availabilities.values():
            availability.free(now, ())

    def shown(self, slot: Slot) -> requests.Slot:
        """A slot as other services see it."""
        return requests.Slot(
            slot_id=slot.slot_id,
            start=slot.start,
            end=slot.end,
            representative_id=slot.representative_id,
            representative_name=self._name(slot.representative_id),
        )

    async def _busy(self, calendar: Reading, now: datetime, call_id: UUID | None) -> list[Busy]:
        return await calendar.busy(now - _WEEK, now + self._horizon + _WEEK, now, besides=call_id)

    def _free(self, wish: Wish, now: datetime, busy: list[Busy], minutes: int | None) -> Iterable[Slot]:
        for availability in self._availabilities.values():
            yield from availability.free(now, busy, minutes)
            if wish.exact:
                slot = availability.at(wish.exact, now, busy, minutes)
                if slot is not None:
                    yield slot

    def _name(self, representative_id: str) -> str:
        known = self.representatives.get(representative_id)
        return known.name if known else representative_id


def besides(busy: Iterable[Busy], moving: Meeting | None) -> list[Busy]:
    """What is taken if a meeting is not where it is. Its own event is cut out of what its owner's calendar says."""
    if moving is None:
        return list(busy)
    left = []
    for each in busy:
        if each.owner is not None or each.representative_id != moving.representative_id:
            left += [each] if each.owner != str(moving.meeting_id) else []
            continue
        rest = without([(each.start, each.end)], (moving.start, moving.end))
        left += [replace(each, start=start, end=end) for start, end in rest]
    return left

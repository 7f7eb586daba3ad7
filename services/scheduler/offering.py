"""Which slots to offer: the team's free time, less what is booked and what other calls hold."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from contracts import requests
from services.runtime.clock import ISRAEL
from services.scheduler.domain.assignment import rank
from services.scheduler.domain.availability import Availability, Busy
from services.scheduler.domain.representative import Team
from services.scheduler.domain.slot import Slot, Wish, choose
from services.scheduler.ports import Calendar

_WEEK = timedelta(days=8)
"""Limits count whole weeks, so what is taken is read this much further both ways."""


class Offering:
    """Finds good slots for a wish. It changes nothing."""

    def __init__(self, team: Team) -> None:
        self.representatives = {each.id: each for each in team.representatives}
        self._availabilities = {each.id: Availability(each, team.working_days) for each in team.representatives}
        self._horizon = timedelta(days=max(each.horizon_days for each in team.representatives))

    async def find(
        self, calendar: Calendar, wish: Wish, now: datetime, *, call_id: UUID | None = None, lead_id: str | None = None
    ) -> list[Slot]:
        """Good slots for a wish. What the call `call_id` holds counts as free, and the representative with whom
        `lead_id` has a meeting comes first."""
        busy = await self._busy(calendar, now, call_id)
        ranks = rank(self.representatives.values(), busy, now, lead_id)
        return choose(self._free(wish, now, busy), wish, ranks, ISRAEL)

    async def exactly(self, calendar: Calendar, slot_id: str, start: datetime, now: datetime, but: UUID) -> Slot | None:
        """The slot of that name if it is free, the meeting `but` left out of account."""
        busy = [each for each in await self._busy(calendar, now, None) if each.owner != str(but)]
        at = (availability.at(start, now, busy) for availability in self._availabilities.values())
        return next((slot for slot in at if slot is not None and slot.slot_id == slot_id), None)

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

    async def _busy(self, calendar: Calendar, now: datetime, call_id: UUID | None) -> list[Busy]:
        return await calendar.busy(now - _WEEK, now + self._horizon + _WEEK, now, besides=call_id)

    def _free(self, wish: Wish, now: datetime, busy: list[Busy]) -> Iterable[Slot]:
        for availability in self._availabilities.values():
            yield from availability.free(now, busy, wish.minutes)
            if wish.exact:
                slot = availability.at(wish.exact, now, busy, wish.minutes)
                if slot is not None:
                    yield slot

    def _name(self, representative_id: str) -> str:
        known = self.representatives.get(representative_id)
        return known.name if known else representative_id

"""What is taken outside our own ledger: people's own calendars, read before a transaction is opened.

Nobody waits for a network inside a transaction: in SQLite everybody else would wait too.
"""

from collections.abc import Sequence

from services.runtime.clock import Clock
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.slot import parse_slot_id
from services.scheduler.ports import FreeBusy, Ledger
from services.scheduler.roster import Roster


class Outside:
    """Asks the calendars of those who take meetings now. Without anybody's own calendar nothing is read at all."""

    def __init__(self, ledger: Ledger, roster: Roster, free_busy: FreeBusy | None, clock: Clock) -> None:
        self._ledger = ledger
        self._roster = roster
        self._free_busy = free_busy
        self._clock = clock

    async def before_offering(self) -> Sequence[Busy]:
        """What everybody's calendar says, some seconds old at the most."""
        if self._free_busy is None:
            return ()
        async with self._ledger.reading() as reading:
            people = (await self._roster.offering(reading)).team.representatives
        return await self._free_busy.before_offering(people, self._clock.now())

    async def before_booking(self, slot_id: str) -> Sequence[Busy]:
        """What the calendar of the slot's representative says at this moment."""
        if self._free_busy is None or (named := parse_slot_id(slot_id)) is None:
            return ()
        async with self._ledger.reading() as reading:
            one = (await self._roster.offering(reading)).representatives.get(named[0])
        return await self._free_busy.before_booking(one, self._clock.now()) if one is not None else ()

"""What is taken outside our own ledger: people's own calendars, read before a transaction is opened.

Nobody waits for a network inside a transaction: in SQLite everybody else would wait too.
"""

from collections.abc import Sequence

from services.runtime.clock import Clock
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.slot import parse_slot_id
from services.scheduler.ports import FreeBusy
from services.scheduler.roster import Roster


class Outside:
    """Asks the calendars of those who take meetings, as far as this process knows: whoever is connected now is asked
    from the next request on. Without anybody's own calendar nothing is read at all."""

    def __init__(self, roster: Roster, free_busy: FreeBusy | None, clock: Clock) -> None:
        self._roster = roster
        self._free_busy = free_busy
        self._clock = clock

    async def before_offering(self) -> Sequence[Busy]:
        """What everybody's calendar says, some seconds old at the most."""
        if self._free_busy is None:
            return ()
        return await self._free_busy.before_offering(self._roster.known.team.representatives, self._clock.now())

    async def before_booking(self, slot_id: str) -> Sequence[Busy]:
        """What the calendar of the slot's representative says at this moment."""
        named = parse_slot_id(slot_id)
        one = self._roster.known.representatives.get(named[0]) if named is not None else None
        if self._free_busy is None or one is None:
            return ()
        return await self._free_busy.before_booking(one, self._clock.now())

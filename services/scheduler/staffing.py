"""Changing who takes meetings while the system runs. What is stored wins over the file, until it is taken back."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, NotFound, Refused
from services.scheduler.calendars.directory import Environment
from services.scheduler.calendars.directory import wrong as calendar_at_fault
from services.scheduler.domain.calendar import BuiltInAccess, CalendarAccess
from services.scheduler.domain.meeting import Meeting
from services.scheduler.domain.representative import Profile, Representative
from services.scheduler.domain.working_hours import DaysOff
from services.scheduler.ports import Ledger, MeetingFilter, Transaction
from services.scheduler.roster import Roster

PREFIX = "CALENDAR_"
"""How the names of variables begin that may be named over the API. The file may name any."""
LISTED = 500
"""So many meetings that still stand are named at most."""


@dataclass(frozen=True, slots=True)
class Employed:
    """A representative, and which version counts."""

    representative: Representative
    source: Literal["file", "database"]


class Staffing:
    """Stores people. A change counts for the next request that any replica answers."""

    def __init__(self, ledger: Ledger, roster: Roster, clock: Clock, variables: Environment | None = None) -> None:
        """`variables` are those of the environment, with what is secret about calendars."""
        self._ledger = ledger
        self._roster = roster
        self._clock = clock
        self._variables = variables or {}

    async def everybody(self) -> list[Employed]:
        """Who takes meetings."""
        async with self._ledger.reading() as calendar:
            team = (await self._roster.offering(calendar)).team
            stored = await calendar.stored_representatives()
        return [Employed(each, "database" if each.id in stored else "file") for each in team.representatives]

    async def put(self, representative_id: str, profile: Profile) -> Employed:
        """Take somebody on, or change what is known of them. Meetings that stand stay as they are.

        Raises InvalidMessage if the calendar cannot be opened."""
        self._check(profile.calendar)
        fields = {name: getattr(profile, name) for name in Profile.model_fields}
        async with self._ledger.begin() as transaction:
            return await self._store(transaction, Representative.model_validate({"id": representative_id, **fields}))

    async def remove(self, representative_id: str) -> list[Meeting]:
        """Offer nobody of that name any more. Returns the meetings that still stand, for somebody to move.

        Raises NotFound, and Refused if nobody would be left."""
        async with self._ledger.begin() as transaction:
            await self._known(transaction, representative_id)
            if len((await self._roster.offering(transaction)).team.representatives) == 1:
                raise Refused(f"{representative_id} is the only one who takes meetings; put somebody else first")
            await transaction.store_representative(representative_id, None)
            only = MeetingFilter(since=self._clock.now(), representative_id=representative_id)
            return list(await transaction.meetings(only, LISTED))

    async def revert(self, representative_id: str) -> Employed:
        """Let the file's version of somebody count again. Raises NotFound if the file names nobody so."""
        written = next((each for each in self._roster.file.representatives if each.id == representative_id), None)
        if written is None:
            raise NotFound(f"the file names no representative {representative_id}; delete it without `revert`")
        async with self._ledger.begin() as transaction:
            await transaction.unstore_representative(representative_id)
        return Employed(written, "file")

    async def add_days_off(self, representative_id: str, days: DaysOff) -> Employed:
        """Take no meetings on some more days. Days off that begin on the same day are replaced. Raises NotFound."""
        async with self._ledger.begin() as transaction:
            known = await self._known(transaction, representative_id)
            others = [each for each in known.days_off if each.first != days.first]
            return await self._store(transaction, _with_days_off(known, [*others, days]))

    async def remove_days_off(self, representative_id: str, first: date) -> Employed:
        """Work on the days off that begin on that day. Raises NotFound if there are none."""
        async with self._ledger.begin() as transaction:
            known = await self._known(transaction, representative_id)
            others = [each for each in known.days_off if each.first != first]
            if len(others) == len(known.days_off):
                begin = ", ".join(str(each.first) for each in known.days_off) or "none are known"
                raise NotFound(f"no days off of {representative_id} begin on {first}; those known begin on: {begin}")
            return await self._store(transaction, _with_days_off(known, others))

    def _check(self, access: CalendarAccess | None) -> None:
        if access is None or isinstance(access, BuiltInAccess):
            return
        if not access.variable.startswith(PREFIX):  # else whoever may use the API could have any secret sent anywhere
            raise InvalidMessage(f"the name of the variable begins with {PREFIX}", field="calendar")
        if (found := calendar_at_fault(access, self._variables)) is not None:
            raise InvalidMessage(found[1], field=f"calendar.{found[0]}")

    async def _known(self, transaction: Transaction, representative_id: str) -> Representative:
        """Somebody who takes meetings, while nobody else changes who does."""
        people = (await self._roster.offering(transaction)).representatives
        await transaction.lock(people)
        people = (await self._roster.offering(transaction)).representatives
        if representative_id not in people:
            raise NotFound(f"there is no representative {representative_id}; there are {', '.join(people)}")
        return people[representative_id]

    async def _store(self, transaction: Transaction, representative: Representative) -> Employed:
        await transaction.store_representative(representative.id, representative)
        return Employed(representative, "database")


def _with_days_off(representative: Representative, days_off: list[DaysOff]) -> Representative:
    ordered = tuple(sorted(days_off, key=lambda days: days.first))
    return representative.model_copy(update={"days_off": ordered})

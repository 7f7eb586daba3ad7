"""What telemetry does with facts: it keeps them, folds the calls they belong to, and logs each finished call once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from contracts.reasons import said
from contracts.turns import CallOperated
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, Refused
from services.runtime.logs import logger
from services.runtime.unit_of_work import UnitOfWork, Units
from services.telemetry.domain.call_record import CallState
from services.telemetry.domain.cost import NO_PRICES, PriceList
from services.telemetry.domain.facts import Fact
from services.telemetry.domain.folding import record_of
from services.telemetry.ports import Announcer, Archive, DueCall, Ledger

log = logger(__name__)

POLL_S = 2.0
"""How often to look for calls that another replica kept and did not live to fold."""
BATCH = 25
OPERATOR = "console"

Others = Callable[[AsyncSession, Sequence[Fact[Event]]], Awaitable[Sequence[Fact[Event]]]]

REAL = Clock()
"""What the broker's clock says; grace and quiet are measured by it, whatever moment the system shows."""


class Recorder:
    """Keeps facts and folds them into records."""

    def __init__(
        self,
        units: Units,
        ledger: Callable[[AsyncSession], Ledger],
        clock: Clock,
        grace: timedelta,
        prices: PriceList = NO_PRICES,
        announcer: Announcer | None = None,
        others: Others | None = None,
    ) -> None:
        """`others` leaves out facts about people who were erased."""
        self._units = units
        self._ledger = ledger
        self._clock = clock
        self._grace = grace
        self._prices = prices
        self._announcer = announcer
        self._others = others
        self._kept = asyncio.Event()

    async def keep(self, facts: Sequence[Fact[Event]]) -> None:
        """Keep facts in one transaction, each once. Raises Unavailable."""
        async with self._units.begin() as unit:
            known = await self.of_others(unit.session, facts)
            await self._ledger(unit.session).keep(known, self.due_at())
            await self._announce(unit, [fact.event for fact in known])
        self._kept.set()

    async def of_others(self, session: AsyncSession, facts: Sequence[Fact[Event]]) -> Sequence[Fact[Event]]:
        """Facts but those about people who were erased."""
        return await self._others(session, facts) if self._others is not None else facts

    def due_at(self) -> datetime:
        """When a call is to be folded of which a fact is kept now."""
        return REAL.now() + self._grace

    async def settle(self) -> int:
        """Fold calls that are due, and log those that are complete for the first time. Returns how many."""
        async with self._units.begin() as unit:
            ledger = self._ledger(unit.session)
            due = await ledger.due(REAL.now(), BATCH)
            for call in due:
                await self.fold(unit, ledger, call)
        return len(due)

    async def fold(self, unit: UnitOfWork, ledger: Ledger, call: DueCall) -> None:
        """Write the record of a call, unless the one there is knows more, and log it if it was not and now can be."""
        record = record_of(call.facts, self._prices)
        if not len(call.facts) or (call.whole and record.requested_at is None):
            await ledger.leave(call.facts.call_id)
            return
        logs = record.complete and not call.logged
        if logs:
            logged = record.logged(self._clock.now())
            unit.tell(logged)
            await self._announce(unit, [logged])
        await ledger.write(record, REAL.now() if logs else None)

    async def _announce(self, unit: UnitOfWork, events: Sequence[Event]) -> None:
        if self._announcer is not None:
            await self._announcer.announce(unit.session, events)

    async def run(self) -> None:
        """Settle whatever falls due, until cancelled."""
        while True:
            while await self.settle() == BATCH:
                pass
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._kept.wait(), POLL_S)
            self._kept.clear()
            await asyncio.sleep(self._grace.total_seconds())


class Operator:
    """Lets a person step into a call."""

    def __init__(self, units: Units, archive: Archive, clock: Clock) -> None:
        self._units = units
        self._archive = archive
        self._clock = clock

    async def operate(
        self,
        call_id: UUID,
        action: Literal["say", "hang_up", "opt_out"],
        text: str | None,
        operator: str = OPERATOR,
    ) -> UUID:
        """Tell the call's worker and line what a person wants. Returns the id of the fact.

        Raises NotFound, Refused if the call is over, InvalidMessage if there is nothing to say.
        """
        if action == "say" and not (text and text.strip()):
            raise InvalidMessage(said("line_missing"), field="text")
        record = await self._archive.record(call_id)
        if record.state in (CallState.ENDED, CallState.CONCLUDED):
            raise Refused(said("call_over"))
        event = CallOperated(
            occurred_at=self._clock.now(), call_id=call_id, action=action, text=text, operator=operator
        )
        async with self._units.begin() as unit:
            unit.tell(event)
        return event.event_id

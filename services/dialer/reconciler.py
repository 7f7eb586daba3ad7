"""Looks after attempts that have gone quiet: asks the carrier what it knows, and ends what nobody will ever settle."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from contracts.calls import CallStarted
from contracts.reasons import said
from contracts.values import Disposition, once_id
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.carrier_call import CarrierCall, StatusReport
from services.dialer.endings import Endings
from services.dialer.ports.carrier import AttemptDesk, Carrier
from services.dialer.ports.ledger import Ledger
from services.dialer.settings import LINE
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

TICK_S = 1.0
BATCH = 20
GIVE_UP = timedelta(minutes=5)
"""How long the carrier may know nothing of a call before it counts as one that nobody will ever settle."""
SKEW = timedelta(seconds=30)
"""How far the carrier's clock may be from ours."""


class Reconciler:
    """It may run in every replica: an attempt is taken so that the others leave it alone for a while."""

    def __init__(
        self,
        ledger: Ledger,
        carrier: Carrier,
        desk: AttemptDesk,
        endings: Endings,
        broker: Broker,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._carrier = carrier
        self._desk = desk
        self._endings = endings
        self._broker = broker
        self._clock = clock

    async def run(self) -> None:
        """Look until cancelled; first after every call, since nobody knows for how long nobody did."""
        async with self._ledger.begin() as transaction:
            await transaction.look_at_all(self._clock.real())
        while True:
            try:
                await self.look()
            except Unavailable as error:
                log.warning("looking after quiet calls waits", error=error.detail)
            await asyncio.sleep(TICK_S)

    async def look(self) -> int:
        """Look after what is quiet now. Returns how many attempts that were; raises Unavailable."""
        if not await self._ledger.any_quiet(self._clock.real()):
            return 0
        async with self._ledger.begin() as transaction:
            quiet = await transaction.quiet(self._clock.real(), BATCH)
        for call_id in quiet:
            try:
                await self._look_after(call_id)
            except Unavailable as error:
                log.warning("the carrier does not say", call_id=str(call_id), error=error.detail)
        return len(quiet)

    async def _look_after(self, call_id: UUID) -> None:
        async with self._ledger.reading() as reader:
            attempt = await reader.attempt(call_id)
        if attempt is None:
            return
        if attempt.ended:
            await self._have_it_concluded(attempt)
            return
        if attempt.concluded_at is not None:
            await self._desk.hang_up(call_id, "the conversation is concluded")
        known = await self._known(attempt)
        if known is not None:
            await self._desk.report(call_id, _report(known))
        elif attempt.submitting_at is not None and self._clock.real() - attempt.submitting_at > GIVE_UP:
            await self._end_as_unknown(call_id)

    async def _have_it_concluded(self, attempt: Attempt) -> None:
        """A line was opened, so the conversation concludes the call; unless it never heard of it, because the line
        died before it could tell. Told again, `started` is stored only if it was not before."""
        if attempt.line_opened_at is not None and attempt.concluded_at is None:
            log.warning("a call that ended is not concluded yet", call_id=str(attempt.call_id))
            await self._broker.tell(
                CallStarted(
                    event_id=once_id("started", attempt.call_id),
                    occurred_at=attempt.line_opened_at,
                    call_id=attempt.call_id,
                    lead_id=attempt.lead_id,
                    line=LINE,
                    carrier_call_id=attempt.carrier_call_id or "",
                )
            )
        async with self._ledger.begin() as transaction:
            current = await transaction.attempt(attempt.call_id)
            if current is not None:
                await transaction.save_attempt(replace(current, look_at=None))

    async def _known(self, attempt: Attempt) -> CarrierCall | None:
        """The call as its carrier knows it. A call whose id we never learned is found by its number and time."""
        if attempt.carrier_call_id is not None:
            return await self._carrier.inspect(attempt.carrier_call_id)
        if attempt.submitting_at is None:
            return None
        found = await self._carrier.find(attempt.phone, attempt.submitting_at - SKEW)
        async with self._ledger.reading() as reader:
            taken = await reader.carrier_ids(attempt.phone)
        return next((each for each in found if each.carrier_call_id not in taken), None)

    async def _end_as_unknown(self, call_id: UUID) -> None:
        async with self._ledger.begin() as transaction:
            before = await transaction.attempt(call_id)
            if before is None or not before.live:
                return
            log.error("nobody knows what became of a call; it is not dialed again by itself", call_id=str(call_id))
            reason = said("carrier_never_said")
            after = before.over(Disposition.UNKNOWN, self._clock.now(), reason)
            await self._endings.write(transaction, before, after)


def _report(known: CarrierCall) -> StatusReport:
    return StatusReport(
        carrier_call_id=known.carrier_call_id,
        status=known.status,
        duration_s=known.duration_s if known.status.terminal else None,
        answered_by=known.answered_by,
    )

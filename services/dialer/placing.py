"""Asks the carrier for a call, once, and writes down what it said."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import stamina

from contracts.reasons import said
from contracts.values import Disposition, Outcome
from services.dialer.campaign_facts import keep
from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.lead import LeadState
from services.dialer.domain.pacing import PAUSE, backoff_s
from services.dialer.domain.redial import Next
from services.dialer.endings import Endings
from services.dialer.ports.carrier import (
    Carrier,
    CarrierMisconfigured,
    CarrierThrottled,
    NumberRejected,
    OutboundCall,
    SubmissionUnknown,
)
from services.dialer.ports.ledger import Ledger, Transaction
from services.dialer.settings import DialerSettings
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

STALE = timedelta(seconds=10)
"""An intention to ask the carrier that is so old may have been given up by others meanwhile."""


class Placing:
    """Only whoever has taken an attempt to `submitting` may call `place`, and only once for that."""

    def __init__(
        self, ledger: Ledger, carrier: Carrier, endings: Endings, clock: Clock, settings: DialerSettings
    ) -> None:
        self._ledger = ledger
        self._carrier = carrier
        self._endings = endings
        self._clock = clock
        self._settings = settings

    async def place(self, attempt: Attempt, throttled: int, *, announced: bool) -> float | None:
        """Ask the carrier, once, and write down what it said. The call is recorded only if the agent has been told so,
        `announced`, and will say it. Returns after how many seconds to try again, if it
        surely did not take the call; whatever is unclear stays `submitting`, and is only ever looked up."""
        if attempt.submitting_at is None or self._clock.real() - attempt.submitting_at > STALE:
            log.warning("this process was frozen before it asked the carrier", call_id=str(attempt.call_id))
            await self._written(attempt.call_id, lambda unit, known: self._throttled(unit, known, None))
            return 0.0
        call = OutboundCall(
            call_id=attempt.call_id,
            to=attempt.phone,
            from_number=attempt.from_number or self._settings.from_number,
            ring_timeout_s=self._settings.ring_timeout_s,
            max_duration_s=self._settings.max_call_s,
            record=self._settings.record_calls and announced,
        )
        try:
            carrier_call_id = await self._carrier.place(call)
        except CarrierThrottled as busy:
            log.warning("the carrier is busy", call_id=str(attempt.call_id), error=busy.detail)
            why = busy.detail
            await self._written(attempt.call_id, lambda unit, known: self._throttled(unit, known, why))
            return backoff_s(throttled, attempt.call_id.int % 1000 / 1000)
        except NumberRejected as rejected:
            detail = rejected.detail
            await self._written(attempt.call_id, lambda unit, known: self._rejected(unit, known, detail))
        except CarrierMisconfigured as trouble:
            detail = trouble.detail
            log.error("dialing is paused", error=detail)
            await self._written(attempt.call_id, lambda unit, known: self._misconfigured(unit, known, detail))
        except SubmissionUnknown as lost:
            log.warning("whether the call was placed is unknown", call_id=str(attempt.call_id), error=lost.detail)
            detail = lost.detail
            await self._written(attempt.call_id, lambda unit, known: self._unanswered(unit, known, detail))
        except Exception as bug:
            log.error("placing a call failed oddly; it will be looked up", call_id=str(attempt.call_id), exc_info=bug)
        else:
            await self._written(attempt.call_id, lambda unit, known: self._placed(unit, known, carrier_call_id))
        return None

    async def _written(self, call_id: UUID, write: Callable[[Transaction, Attempt], Awaitable[None]]) -> None:
        """Write down what the carrier said. The database may be away; the answer is worth waiting for it."""
        async for attempt in stamina.retry_context(on=Unavailable, timeout=60, attempts=None):
            with attempt:
                async with self._ledger.begin() as transaction:
                    before = await transaction.attempt(call_id)
                    if before is not None:
                        await write(transaction, before)

    async def _placed(self, transaction: Transaction, before: Attempt, carrier_call_id: str) -> None:
        after = before.placed(carrier_call_id, self._clock.now())
        await self._endings.write(transaction, before, after)

    async def _throttled(self, transaction: Transaction, before: Attempt, why: str | None) -> None:
        if before.state is AttemptState.SUBMITTING:
            await self._endings.write(transaction, before, before.throttled(why))

    async def _rejected(self, transaction: Transaction, before: Attempt, detail: str) -> None:
        now = self._clock.now()
        await transaction.mark_bad(before.phone, detail, now)
        after = before.over(Disposition.FAILED, now, detail)
        what_next = Next(LeadState.REFUSED, detail)
        await self._endings.write(transaction, before, after, outcome=Outcome.NOT_REACHED, what_next=what_next)

    async def _unanswered(self, transaction: Transaction, before: Attempt, detail: str) -> None:
        if before.state is AttemptState.SUBMITTING:
            pace = await transaction.pace(self._carrier.name)
            await transaction.save_pace(self._carrier.name, pace.unanswered(detail, self._clock.real()))

    async def _misconfigured(self, transaction: Transaction, before: Attempt, detail: str) -> None:
        now = self._clock.now()
        pace = await transaction.pace(self._carrier.name)
        await transaction.save_pace(self._carrier.name, pace.broken(detail, self._clock.real()))
        if before.campaign_id is not None:
            campaign = await transaction.campaigns.locked(before.campaign_id)
            if campaign is not None and campaign.running:
                await keep(transaction, campaign, campaign.paused(said("carrier_refuses", why=detail)), now)
        after = before.over(Disposition.FAILED, now, detail)
        what_next = Next(LeadState.WAITING, said("dialing_paused", why=detail), now + PAUSE)
        await self._endings.write(transaction, before, after, outcome=Outcome.FAILED, what_next=what_next)

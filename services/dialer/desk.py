"""Keeps the one attempt of each call while its carrier and its lines tell how it gets on."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from contracts.calls import CallAnsweredBy, CallRecorded
from contracts.values import AnsweredBy, Disposition, once_id
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.carrier_call import StatusReport
from services.dialer.domain.lead import LeadState
from services.dialer.domain.redial import Next
from services.dialer.endings import Endings
from services.dialer.ports.carrier import Carrier
from services.dialer.ports.ledger import Ledger, Transaction
from services.runtime.clock import Clock
from services.runtime.logs import logger

log = logger(__name__)

Orphaned = Callable[[str, str], Awaitable[None]]


class Desk:
    """See ports.AttemptDesk. Any replica may be told."""

    def __init__(
        self, ledger: Ledger, carrier: Carrier, endings: Endings, clock: Clock, orphaned: Orphaned | None = None
    ) -> None:
        """`orphaned` hears of recordings of calls that nobody knows any more: their ids, and where they lie."""
        self._ledger = ledger
        self._carrier = carrier
        self._endings = endings
        self._orphaned = orphaned
        self._clock = clock

    async def is_live(self, call_id: UUID) -> bool:
        async with self._ledger.reading() as reader:
            attempt = await reader.attempt(call_id)
        return attempt is not None and attempt.live

    async def line_opened(self, call_id: UUID, carrier_call_id: str) -> str | None:
        async with self._ledger.begin() as transaction:
            before = await transaction.attempt(call_id)
            if before is None:
                return None
            after = before.line_open(carrier_call_id, self._clock.now())
            if not after.live or after.carrier_call_id != carrier_call_id:
                log.warning("a line was refused", call_id=str(call_id), state=before.state)
                return None
            await self._endings.write(transaction, before, after)
            return after.lead_id

    async def report(self, call_id: UUID, report: StatusReport) -> None:
        async with self._ledger.begin() as transaction:
            before = await transaction.attempt(call_id)
            if before is None:
                log.warning("status of an unknown call", call_id=str(call_id), status=report.status)
                return
            after = before.reported(report, self._clock.now())
            if before.live and before.carrier_call_id not in (None, report.carrier_call_id):
                log.error("status of another call under this one's name", call_id=str(call_id))
            what_next = await self._never_again(transaction, before, after, report)
            await self._endings.write(transaction, before, after, what_next=what_next)

    async def recorded(self, call_id: UUID, recording_id: str, url: str, duration_s: float | None) -> None:
        async with self._ledger.begin() as transaction:
            known = await transaction.attempt(call_id) is not None
            if known:
                await transaction.keep_recording(recording_id, call_id, url, self._clock.now())
                transaction.tell(
                    CallRecorded(
                        event_id=once_id("recorded", call_id, recording_id),
                        occurred_at=self._clock.now(),
                        call_id=call_id,
                        recording_id=recording_id,
                        url=url,
                        duration_s=duration_s,
                    )
                )
        if not known:
            log.warning("recording of an unknown call", call_id=str(call_id))
            if self._orphaned is not None:
                await self._orphaned(recording_id, url)

    async def answered_by(self, call_id: UUID, answered_by: AnsweredBy) -> None:
        async with self._ledger.begin() as transaction:
            before = await transaction.attempt(call_id)
            if before is None:
                return
            after = before.picked_up_by(answered_by)
            if after == before:
                return
            await self._endings.write(transaction, before, after)
            transaction.tell(
                CallAnsweredBy(occurred_at=self._clock.now(), call_id=call_id, answered_by=answered_by),
            )

    async def _never_again(
        self, transaction: Transaction, before: Attempt, after: Attempt, report: StatusReport
    ) -> Next | None:
        """Where the lead stands if its number turned out to be nobody's."""
        if before.ended or not report.no_such_number or after.disposition is not Disposition.FAILED:
            return None
        why = f"nobody has this number, says the carrier ({report.error}); correct the number"
        await transaction.mark_bad(after.phone, why, self._clock.now())
        return Next(LeadState.REFUSED, why)

    async def hang_up(self, call_id: UUID, reason: str) -> None:
        async with self._ledger.reading() as reader:
            attempt = await reader.attempt(call_id)
        if attempt is None or not attempt.live or attempt.carrier_call_id is None:
            return
        log.info("hanging up", call_id=str(call_id), reason=reason)
        await self._carrier.end(attempt.carrier_call_id)

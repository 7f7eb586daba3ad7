"""Sends the deliveries whose time has come. It may run in every replica.

A delivery is claimed, sent and marked. Only if the process dies, or the answer is lost, between the other side's
taking it and our commit, is it sent again, under the same id: whoever receives it can tell.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from time import perf_counter
from uuid import UUID

from services.runtime.errors import Failure, Unavailable
from services.runtime.logs import logger, mask
from services.runtime.metrics import Metrics
from services.runtime.spans import Place, Spans, of_call
from services.runtime.unit_of_work import Units
from services.telemetry.domain.delivery import Delivery, DeliveryStatus
from services.telemetry.exports import ledger
from services.telemetry.exports.ledger import REAL
from services.telemetry.exports.sink import NobodyThere, NotTaken, Sink

log = logger(__name__)

TICK_S = 1.0
AT_ONCE = 8
DEADLINE_S = 150.0
"""For one delivery altogether; shorter than a claim."""
MARK_AGAIN_S = 1.0
SWEEP_EVERY_S = 3600.0
MAX_REASON = 300
NO_SINK = "nothing here carries it any more: its settings were removed"
RETRY = "retry"
NO_CONTENT = "its content is no longer kept"

Settle = Callable[[Delivery], Delivery]


class Sender:
    """Looks for deliveries every second, and sends up to eight at once."""

    def __init__(
        self, units: Units, sinks: Sequence[Sink], metrics: Metrics, spans: Spans, content_kept: timedelta
    ) -> None:
        self._units = units
        self._sinks = {sink.name: sink for sink in sinks}
        self._content_kept = content_kept
        self._spans = spans
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._results = metrics.counter("delivery_attempts", "Tries to deliver, by what came of them", ["to", "result"])
        for sink in self._sinks:
            for result in (RETRY, *(each for each in DeliveryStatus if each is not DeliveryStatus.PENDING)):
                self._results.labels(sink, result)
        self._seconds = metrics.histogram("delivery_seconds", "How long a try to deliver took", ["to"])
        self._standing = metrics.gauge(
            "deliveries", "Deliveries of the last 90 days; replicas show the same", ["to", "status"]
        )
        metrics.on_scrape.append(self._count)

    async def run(self) -> None:
        """Send until cancelled."""
        swept: float | None = None
        while not self._stopping:
            try:
                await self._take()
                if swept is None or perf_counter() - swept > SWEEP_EVERY_S:
                    swept = perf_counter()
                    async with self._units.begin() as unit:
                        await ledger.sweep(unit.session, REAL.now(), self._content_kept)
            except Unavailable as error:
                log.warning("deliveries wait", error=error.detail)
            if len(self._tasks) < AT_ONCE:
                await asyncio.sleep(TICK_S)
            else:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def drain(self, seconds: float) -> None:
        """Take nothing new, and let what is on its way arrive."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def stop(self) -> None:
        """Leave nothing running and nothing open."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for sink in self._sinks.values():
            await sink.close()

    async def send(self, delivery: Delivery) -> Delivery:
        """Try a claimed delivery once, and keep what came of it."""
        began = perf_counter()
        status_code: int | None = None
        settle: Settle
        error: str | None = None
        try:
            with self._spans.span(f"deliver to {delivery.sink}", "client", _call_of(delivery)):
                async with asyncio.timeout(DEADLINE_S):
                    status_code = await self._carry(delivery)
            settle = partial(Delivery.sent, now=REAL.now())
        except Exception as failure:
            if not isinstance(failure, (Failure, TimeoutError)):  # a bug: trying again would not mend it
                log.error("delivery failed", delivery_id=str(delivery.delivery_id), exc_info=failure)
            error, status_code = _short(failure), getattr(failure, "status_code", None)
            settle = partial(_after(failure), reason=error, now=REAL.now())
        return await self._mark(delivery, settle, perf_counter() - began, status_code, error)

    async def _take(self) -> None:
        if not await self._units.database.asked(ledger.ANY_DUE, now=REAL.now()):
            return
        async with self._units.begin() as unit:
            claimed = await ledger.claim(unit.session, REAL.now(), AT_ONCE - len(self._tasks))
        for delivery in claimed:
            task = asyncio.create_task(self._send_quietly(delivery), name=f"delivery {delivery.delivery_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_quietly(self, delivery: Delivery) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await self.send(delivery)

    async def _carry(self, delivery: Delivery) -> int | None:
        sink = self._sinks.get(delivery.sink)
        if sink is None:
            raise NobodyThere(NO_SINK)
        if delivery.content is None:
            raise NobodyThere(NO_CONTENT)
        return await sink.send(delivery)

    async def _mark(
        self, delivery: Delivery, settle: Settle, seconds: float, status_code: int | None, error: str | None
    ) -> Delivery:
        """Commit what has become of it, however long the store takes: forgotten, it would be sent again."""
        while True:
            try:
                async with self._units.begin() as unit:
                    known = await ledger.get(unit.session, delivery.delivery_id)
                    if known is None:  # the lead was forgotten meanwhile
                        return settle(delivery)
                    settled = settle(known)
                    await ledger.change(unit.session, settled)
                    await ledger.log_attempt(unit.session, known, seconds * 1000, status_code, error)
                break
            except Unavailable as away:
                log.warning("delivery not marked yet", delivery_id=str(delivery.delivery_id), error=away.detail)
                await asyncio.sleep(MARK_AGAIN_S)
        self._results.labels(delivery.sink, _result(settled)).inc()
        self._seconds.labels(delivery.sink).observe(seconds)
        if settled.status is not DeliveryStatus.SENT:
            log.warning(
                "not delivered", to=delivery.sink, status=settled.status, reason=error, attempts=settled.attempts
            )
        return settled

    async def _count(self) -> None:
        async with self._units.reading() as session:
            found = await ledger.counted(session)
        totals: dict[tuple[str, str], int] = {}
        for destination, status, count in found:
            key = (destination.partition(":")[0], status)
            totals[key] = totals.get(key, 0) + count
        for sink in self._sinks:
            for status in DeliveryStatus:
                self._standing.labels(sink, status.value).set(totals.get((sink, status.value), 0))


def _after(failure: Exception) -> Callable[..., Delivery]:
    """What becomes of a delivery that failed so."""
    if isinstance(failure, NotTaken):
        return partial(Delivery.refused_for_now, wait=failure.wait)
    if isinstance(failure, (Unavailable, TimeoutError)):
        return Delivery.refused_for_now
    return Delivery.dropped if isinstance(failure, NobodyThere) else Delivery.dead


def _call_of(delivery: Delivery) -> Place | None:
    """The trace of the call that a delivery tells of."""
    call_id = (delivery.content or {}).get("data", {}).get("call_id")
    return of_call(UUID(call_id)) if call_id else None


def _result(settled: Delivery) -> str:
    return RETRY if settled.status is DeliveryStatus.PENDING else settled.status.value


def _short(failure: BaseException) -> str:
    return mask(" ".join((str(failure) or type(failure).__name__).split()))[:MAX_REASON]

"""What one service has to do with the broker, as numbers: what waits for its consumers, their dead letters, its outbox,
the requests it answered, and what the connection complained of.

Replicas share consumers and database, so each of them shows the same numbers: ask for the maximum, not the sum.
"""

import asyncio

from nats.errors import SlowConsumerError
from sqlalchemy import func, select

from contracts.streams import CONSUMERS, Consumer
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.metrics import UNKNOWN, Metrics

DEADLINE_S = 2.0
"""A scrape that takes longer than its interval is worth nothing."""
FORBIDDEN, SLOW, OTHER = COMPLAINTS = ("forbidden", "slow_consumer", "other")


class Backlog:
    """Reads it when somebody asks for metrics. What does not answer is shown as unknown."""

    def __init__(self, metrics: Metrics, broker: Broker) -> None:
        self._broker = broker
        self._consumers = [each for each in CONSUMERS if each.name.startswith(f"{metrics.service}-")]
        labels = ["consumer"]
        self._metrics = metrics
        self._connected = metrics.gauge("broker_connected", "1 while this process is connected to the broker")
        self._pending = metrics.gauge("consumer_pending", "Messages a durable consumer has yet to hand out", labels)
        self._unsettled = metrics.gauge("consumer_unacknowledged", "Messages handed out and not acknowledged", labels)
        self._redelivered = metrics.gauge("consumer_redelivered", "Messages handed out more than once", labels)
        self._limit = metrics.gauge("consumer_limit", "Messages that may be handed out at once; 0: any number", labels)
        self._dead = metrics.gauge("dead_letters", "Messages that could not be handled, by whose they were", labels)
        self._connected.set_function(lambda: float(broker.connected))
        metrics.on_scrape.append(self._read)
        answered = metrics.counter("requests", "Requests answered on the broker; why, if refused", ["subject", "reply"])
        broker.answered = lambda subject, reply, count: answered.labels(subject, reply).inc(count)
        complaints = metrics.counter("broker_errors", "What the connection to the broker complained of", ["kind"])
        for kind in COMPLAINTS:
            complaints.labels(kind)
        broker.failed = lambda error: complaints.labels(_kind(error)).inc()

    def watch_outbox(self, database: Database, outbox: type) -> None:
        """Count the facts that are committed and not yet published."""
        size = self._metrics.gauge("outbox_facts", "Facts committed and not yet published")

        async def read() -> None:
            size.set(UNKNOWN)
            async with asyncio.timeout(DEADLINE_S), database.reading() as session:
                size.set(await session.scalar(select(func.count()).select_from(outbox)) or 0)

        self._metrics.on_scrape.append(read)

    async def _read(self) -> None:
        for consumer in self._consumers:
            for gauge in (self._pending, self._unsettled, self._redelivered, self._limit, self._dead):
                gauge.labels(consumer.name).set(UNKNOWN)
        if not self._broker.connected:
            return
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(*map(self._read_consumer, self._consumers), self._read_dead())

    async def _read_consumer(self, consumer: Consumer) -> None:
        info = await self._broker.js.consumer_info(consumer.stream, consumer.name)
        self._pending.labels(consumer.name).set(info.num_pending or 0)
        self._unsettled.labels(consumer.name).set(info.num_ack_pending or 0)
        self._redelivered.labels(consumer.name).set(info.num_redelivered or 0)
        self._limit.labels(consumer.name).set(max(info.config.max_ack_pending or 0, 0))

    async def _read_dead(self) -> None:
        state = (await self._broker.js.stream_info("DEAD", subjects_filter="dead.>")).state
        for consumer in self._consumers:
            subject = f"dead.{consumer.stream}.{consumer.name}"
            self._dead.labels(consumer.name).set((state.subjects or {}).get(subject, 0))


def _kind(error: Exception) -> str:
    if isinstance(error, SlowConsumerError):
        return SLOW
    return FORBIDDEN if "permissions violation" in str(error).lower() else OTHER

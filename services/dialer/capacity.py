"""How many calls there may be at once: as many as the broker's cap allows, and none that nobody could speak on."""

import asyncio

from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, ConsumerInfo
from nats.js.errors import APIError

from contracts.reasons import said
from contracts.streams import CONVERSATION_CALLS, DIALER_CALLS, Consumer
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, Unavailable
from services.runtime.logs import logger
from services.runtime.provisioner import CLOSED

log = logger(__name__)

FRESH_S = 1.0
"""How long an answer of the broker is believed."""
SAMPLES = 5
SAMPLE_EVERY_S = 0.1
"""A worker with room has a pull request open nearly always: so many looks, so far apart, find it."""
COMPLAIN_EVERY_S = 10.0


class Capacity:
    """Reads both limits from the broker, so that all replicas see the same."""

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._cap: tuple[float, int] | None = None
        self._room_seen: float | None = None
        self._complained: float | None = None

    async def cap(self) -> int:
        """How many calls there may be at once, over all replicas; 0: nobody is dialed. Raises Unavailable."""
        if self._cap is None or self._clock.monotonic() - self._cap[0] > FRESH_S:
            self._cap = self._clock.monotonic(), _cap_of((await self._info(DIALER_CALLS)).config)
        return self._cap[1]

    def forget(self) -> None:
        """The cap was changed here: ask for it again."""
        self._cap = None

    async def somebody_can_speak(self) -> bool:
        """Whether a conversation worker has had room within the last second. Raises Unavailable."""
        for sample in range(SAMPLES):
            if sample:
                await asyncio.sleep(SAMPLE_EVERY_S)
            if self._room_seen is not None and self._clock.monotonic() - self._room_seen < FRESH_S:
                return True
            if (await self._info(CONVERSATION_CALLS)).num_waiting:
                self._room_seen = self._clock.monotonic()
                return True
        self._complain()
        return False

    def _complain(self) -> None:
        now = self._clock.monotonic()
        if self._complained is None or now - self._complained > COMPLAIN_EVERY_S:
            self._complained = now
            log.warning("nobody is dialed: no conversation worker has room; start `messiah serve conversation`")

    async def _info(self, consumer: Consumer) -> ConsumerInfo:
        try:
            info: ConsumerInfo = await self._broker.js.consumer_info(consumer.stream, consumer.name)
        except (NatsError, APIError, TimeoutError) as error:
            raise Unavailable(f"the broker does not tell about {consumer.name}: {error!r}") from error
        return info


async def set_cap(broker: Broker, cap: int) -> None:
    """Change how many calls there may be at once, over all replicas and while they run. 0 dials nobody; calls in
    progress go on. The server, which takes 0 for its default of 1,000, is never sent it. Raises Unavailable."""
    if cap < 0:
        raise InvalidMessage(said("cap_negative"), field="cap")
    try:
        info = await broker.js.consumer_info(DIALER_CALLS.stream, DIALER_CALLS.name)
        info.config.max_ack_pending = cap or info.config.max_ack_pending
        info.config.metadata = (info.config.metadata or {}) | {CLOSED: "" if cap else "yes"}
        await broker.js.add_consumer(DIALER_CALLS.stream, info.config)
    except (NatsError, APIError, TimeoutError) as error:
        raise Unavailable(f"the broker did not change the cap: {error!r}") from error


def _cap_of(config: ConsumerConfig) -> int:
    return 0 if (config.metadata or {}).get(CLOSED) else config.max_ack_pending or DIALER_CALLS.max_ack_pending

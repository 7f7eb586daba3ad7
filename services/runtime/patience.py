"""Pull subscriptions of FastStream's that ask for nothing while the broker is away, and at once when it is back.

The client keeps what is published meanwhile, and pull requests are published: after an outage all of them would be
answered at once with more messages than there is room for, and when its buffer is full, asking fails at once and is
tried again without end.
"""

import asyncio

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.runtime.cancelling import expire
from services.runtime.pulls import AWAY_S, Connection

PullSubscription = JetStreamContext.PullSubscription


def patient(subscription: PullSubscription, connection: Connection) -> PullSubscription:
    """The same subscription. A fetch without a connection, or through the loss of one, raises TimeoutError, as one
    that nothing came of."""
    ask = subscription.fetch

    async def fetch(batch: int = 1, timeout: float | None = 5, heartbeat: float | None = None) -> list[Msg]:
        if not connection.connected:
            await asyncio.sleep(AWAY_S)
            raise TimeoutError
        async with asyncio.timeout(None) as asking:
            forget = connection.on_reconnect(lambda: expire(asking))
            try:
                return await ask(batch, timeout, heartbeat)
            finally:
                forget()

    subscription.fetch = fetch  # type: ignore[method-assign]  # FastStream makes its subscriptions itself
    return subscription

"""Pull subscriptions that ask for nothing while the broker is away.

The client keeps what is published meanwhile, and pull requests are published: after an outage all of them would be
answered at once with more messages than there is room for, and when its buffer is full, asking fails at once and is
tried again without end.
"""

import asyncio
from collections.abc import Callable

from nats.aio.msg import Msg
from nats.js import JetStreamContext

AWAY_S = 0.25
"""How long nothing is asked for then."""

PullSubscription = JetStreamContext.PullSubscription


def patient(subscription: PullSubscription, connected: Callable[[], bool]) -> PullSubscription:
    """The same subscription. A fetch without a connection raises TimeoutError, as one that nothing came of."""
    fetch = subscription.fetch

    async def fetch_if_connected(
        batch: int = 1, timeout: float | None = 5, heartbeat: float | None = None
    ) -> list[Msg]:
        if not connected():
            await asyncio.sleep(AWAY_S)
            raise TimeoutError
        return await fetch(batch, timeout, heartbeat)

    subscription.fetch = fetch_if_connected  # type: ignore[method-assign]  # also where FastStream asks
    return subscription

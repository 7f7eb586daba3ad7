"""A clock that the whole system shows from some moment on, whatever day it really is."""

from datetime import UTC, datetime

from contracts.streams import CLOCK_BUCKET
from services.runtime.broker import Broker
from services.runtime.clock import Clock, Pin
from services.runtime.provisioner import PIN_KEY


async def pin(broker: Broker, shown: datetime) -> Clock:
    """Have every service that starts from now on show `shown`. Returns the clock they show it by."""
    stored = Pin(asked=shown, shown=shown, real=datetime.now(UTC))
    await broker.put_value(CLOCK_BUCKET, PIN_KEY, stored.model_dump_json().encode())
    return Clock.pinned(stored)

"""Tells callbacks to be due when their time comes, once each, whatever the number of replicas and restarts.

A callback is claimed and told in one transaction, so it is due exactly once; one whose time passed while nobody
was running is due at the next tick. It may run in every replica.
"""

import asyncio
from datetime import timedelta

from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger
from services.scheduler.domain.callback import OPTED_OUT, CallbackStatus
from services.scheduler.domain.calling_hours import CallingHours
from services.scheduler.ports import Ledger

log = logger(__name__)

BATCH = 100
FORGET_EVERY_S = 3600.0
REMEMBERED = timedelta(days=2)
"""How long holds and epochs of calls that are over are kept."""


class Ticker:
    """Looks for due callbacks every `tick_s` seconds, and sweeps up now and then."""

    def __init__(self, ledger: Ledger, clock: Clock, hours: CallingHours, tick_s: float) -> None:
        self._ledger = ledger
        self._clock = clock
        self._hours = hours
        self._tick_s = tick_s

    async def run(self) -> None:
        """Tick until cancelled."""
        swept: float | None = None
        while True:
            try:
                while await self.tick() == BATCH:
                    pass
                if swept is None or self._clock.monotonic() - swept > FORGET_EVERY_S:
                    swept = self._clock.monotonic()
                    await self._sweep()
            except Unavailable as error:
                log.warning("callbacks wait", error=error.detail)
            await asyncio.sleep(self._tick_s)

    async def tick(self) -> int:
        """Tell up to BATCH callbacks to be due, or move them if nobody may be called now. Returns how many there
        were; raises Unavailable."""
        now = self._clock.now()
        if not await self._ledger.any_due(now):
            return 0
        async with self._ledger.begin() as transaction:
            callbacks = await transaction.due_callbacks(now, BATCH)
            never = await transaction.opted_out({each.lead_id for each in callbacks})
            for each in callbacks:
                if each.lead_id in never:
                    await transaction.change_callback(each.becoming(CallbackStatus.CANCELLED))
                    transaction.tell(each.cancelled_fact(now, OPTED_OUT, None))
                elif (moved := each.opened(self._hours, now)).due_at > now:
                    await transaction.change_callback(moved)
                else:
                    await transaction.change_callback(each.becoming(CallbackStatus.DUE))
                    transaction.tell(each.due_fact(now))
        return len(callbacks)

    async def _sweep(self) -> None:
        async with self._ledger.begin() as transaction:
            await transaction.forget(self._clock.now() - REMEMBERED)

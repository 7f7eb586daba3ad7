"""Lets go of what has been kept for as long as the settings say. It may run in every replica."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger
from services.runtime.unit_of_work import Units

log = logger(__name__)

EVERY_S = 3600.0
BATCH = 500
INBOX_KEPT = timedelta(days=400)
"""Longer than any stream keeps a message that might come again."""

Step = Callable[[AsyncSession], Awaitable[int]]
"""Lets go of at most a batch, and says how many there were."""


class Retention:
    """Runs steps now and every hour, each in transactions of its own until it finds nothing."""

    def __init__(
        self, units: Units, steps: Sequence[Step], noted: Callable[[int], Awaitable[None]] | None = None
    ) -> None:
        """`noted` hears how many rows went, if any did."""
        self._units = units
        self._steps = steps
        self._noted = noted

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.apply()
            except Unavailable as error:
                log.warning("what is old waits to be let go of", error=error.detail)
            await asyncio.sleep(EVERY_S)

    async def apply(self) -> int:
        """Once. Returns how many rows went; raises Unavailable."""
        went = 0
        for step in self._steps:
            while True:
                async with self._units.begin() as unit:
                    found = await step(unit.session)
                went += found
                if found < BATCH:
                    break
        if went and self._noted is not None:
            await self._noted(went)
        return went


def before(clock: Clock, days: int) -> datetime | None:
    """What is older than this has been kept for long enough; None: nothing is, ever."""
    return clock.now() - timedelta(days=days) if days else None


def dropping(
    table: type[Any], moment: Callable[[], datetime | None], age: Any, *conditions: ColumnElement[bool]
) -> Step:
    """A step that deletes rows of one table whose `age` is before a moment."""
    keys = list(table.__table__.primary_key.columns)

    async def step(session: AsyncSession) -> int:
        since = moment()
        if since is None:
            return 0
        old = select(*keys).where(age < since, *conditions).limit(BATCH)
        rows = (await session.execute(old)).all()
        if rows and len(keys) == 1:
            await session.execute(delete(table).where(keys[0].in_([key for (key,) in rows])))
        elif rows:
            await session.execute(delete(table).where(tuple_(*keys).in_([tuple(row) for row in rows])))
        return len(rows)

    return step


def handled_long_ago(inbox: type[Any]) -> Step:
    """A step that forgets which events were handled, once no stream can bring them again."""
    return dropping(inbox, lambda: Clock().now() - INBOX_KEPT, inbox.handled_at)

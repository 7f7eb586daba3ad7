"""Lets go of what has been kept for as long as the settings say. It may run in every replica.

What is old is looked for by readers, who hold up nobody, and goes in small transactions with pauses between them: calls
in progress need the same database.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger
from services.runtime.unit_of_work import Units

log = logger(__name__)

FIRST_S = 300.0
"""After about so long the first time: a service that starts has better things to do, and so have its neighbours."""
EVERY_S = 3600.0
JITTER = 0.5
BATCH = 100
"""How many go in one transaction."""
PAUSE_S = 0.1
MOST_BATCHES = 500
"""How many in one hour, of one kind."""
INBOX_KEPT = timedelta(days=400)
"""Longer than any stream keeps a message that might come again."""

Keys = Sequence[Any]


@dataclass(frozen=True)
class Step:
    """One kind of what grows old. `find` says which, at most a batch; `drop` lets go of those that still are, and says
    how many there were: what is found is locked only then."""

    find: Callable[[AsyncSession], Awaitable[Keys]]
    drop: Callable[[AsyncSession, Keys], Awaitable[int]]


class Retention:
    """Takes its steps every hour, each until it finds nothing."""

    def __init__(
        self, units: Units, steps: Sequence[Step], noted: Callable[[int], Awaitable[None]] | None = None
    ) -> None:
        """`noted` hears how many rows went, if any did."""
        self._units = units
        self._steps = steps
        self._noted = noted

    async def run(self) -> None:
        """Until cancelled."""
        wait_s = FIRST_S
        while True:
            await asyncio.sleep(wait_s * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  not a secret
            wait_s = EVERY_S
            try:
                await self.apply()
            except Unavailable as error:
                log.warning("what is old waits to be let go of", error=error.detail)

    async def apply(self) -> int:
        """Once. Returns how many rows went; raises Unavailable."""
        went = sum([await self._take(step) for step in self._steps])
        if went and self._noted is not None:
            await self._noted(went)
        return went

    async def _take(self, step: Step) -> int:
        went = 0
        for _ in range(MOST_BATCHES):
            async with self._units.reading() as session:
                found = await step.find(session)
            if not found:
                break
            async with self._units.begin() as unit:
                dropped = await step.drop(unit.session, found)
            went += dropped
            if not dropped or len(found) < BATCH:
                break
            await asyncio.sleep(PAUSE_S)
        return went


def before(clock: Clock, days: int) -> datetime | None:
    """What is older than this has been kept for long enough; None: nothing is, ever."""
    return clock.now() - timedelta(days=days) if days else None


def dropping(
    table: type[Any], moment: Callable[[], datetime | None], age: Any, *conditions: ColumnElement[bool]
) -> Step:
    """A step that deletes rows of one table whose `age` is before a moment."""
    columns = list(table.__table__.primary_key.columns)

    async def find(session: AsyncSession) -> Keys:
        since = moment()
        if since is None:
            return []
        old = select(*columns).where(age < since, *conditions).limit(BATCH)
        return (await session.execute(old)).all()

    async def drop(session: AsyncSession, keys: Keys) -> int:
        if len(columns) == 1:
            these = columns[0].in_([key for (key,) in keys])
        else:
            these = tuple_(*columns).in_([tuple(key) for key in keys])
        result: Any = await session.execute(delete(table).where(these, *conditions))
        return int(result.rowcount)

    return Step(find, drop)


def handled_long_ago(inbox: type[Any]) -> Step:
    """A step that forgets which events were handled, once no stream can bring them again."""
    return dropping(inbox, lambda: Clock().now() - INBOX_KEPT, inbox.handled_at)

"""A change and its facts commit together: facts are written into the same transaction, and a relay publishes
them afterwards under their own ids. No commit loses an event, and no event is published without its commit.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, LargeBinary, String, bindparam, delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

POLL_S = 5.0
"""How often to look for facts that another replica committed and did not live to publish."""
AGAIN_S = 1.0
"""How soon to try again what the broker or the database did not take."""
FINISH_S = 5.0
"""How long a stop waits for the broker to take what was told last."""
BATCH = 400
"""How many facts are read, published and taken out in one turn: no fewer than a list tells in one of its own."""
AT_ONCE = 16
"""How many facts are on their way to the broker at a time."""
_PASSING = (DBAPIError, OSError, Unavailable)
"""What keeps facts in the outbox until later. TimeoutError is an OSError."""


class OutboxRow:
    """A fact on its way out. Mix it into a class `Outbox` of a service's declarative base."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    told_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Relay:
    """Publishes what transactions have told, one replica at a time. What is told of the same thing keeps its order."""

    def __init__(self, database: Database, broker: Broker, outbox: type[Any]) -> None:
        self._database = database
        self._broker = broker
        self.outbox = outbox
        self._told = asyncio.Event()

    def wake(self) -> None:
        """A transaction that told something has committed."""
        self._told.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._told.clear()
            try:
                await self._publish_all()
            except _PASSING as error:
                log.warning("outbox waits", service=self._broker.name, error=repr(error))
                await asyncio.sleep(AGAIN_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), POLL_S)

    async def finish(self) -> None:
        """Publish what was told last, once nobody tells any more. What the broker does not take in time is published
        by another replica or at the next start."""
        try:
            async with asyncio.timeout(FINISH_S):
                await self._publish_all()
        except _PASSING as error:
            log.warning("the outbox is left for the next start", service=self._broker.name, error=repr(error))

    async def publish_batch(self) -> int:
        """Publish up to BATCH facts and take them out. Returns how many there were."""
        if self._database.is_sqlite:
            return await self._publish_unlocked()
        async with self._database.writing() as session:
            key = self._database.lock_key("outbox")
            locked = await session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": key})
            if not locked:
                return 0
            rows = await self._unpublished(session)
            await self._publish(rows)
            await self._remove(session, rows)
        return len(rows)

    async def _publish_all(self) -> None:
        while await self.publish_batch() == BATCH:
            pass

    async def _publish_unlocked(self) -> int:
        """SQLite has one writer; holding it while the broker answers would stop every handler. Should two
        processes share the file, the message ids make the stream keep one of each."""
        async with self._database.reading() as session:
            rows = await self._unpublished(session)
        await self._publish(rows)
        if rows:
            async with self._database.writing() as session:
                await self._remove(session, rows)
        return len(rows)

    async def _unpublished(self, session: AsyncSession) -> Sequence[Any]:
        facts = select(self.outbox.__table__).order_by(self.outbox.id).limit(BATCH)
        return (await session.execute(facts)).all()

    async def _publish(self, rows: Sequence[Any]) -> None:
        for run in _runs(rows):
            puts = [self._broker.put(row.subject, row.body, dict(row.headers)) for row in run]
            for stored in await asyncio.gather(*puts, return_exceptions=True):
                if isinstance(stored, BaseException):
                    raise stored

    async def _remove(self, session: AsyncSession, rows: Sequence[Any]) -> None:
        """By id and content: SQLite gives the id of a row that was taken out to the next one, so that the id alone
        might name a fact that another process told meanwhile and nobody has published."""
        table = self.outbox.__table__
        these = delete(table).where(table.c.id == bindparam("its_id"), table.c.body == bindparam("its_body"))
        if rows:
            await session.execute(these, [{"its_id": row.id, "its_body": row.body} for row in rows])


def _runs(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """Facts that may be under way at once, in order: no two are about the same thing, as the subject names it."""
    run: dict[str, Any] = {}
    for row in rows:
        thing = row.subject.rpartition(".")[0]
        if thing in run or len(run) == AT_ONCE:
            yield list(run.values())
            run = {}
        run[thing] = row
    if run:
        yield list(run.values())

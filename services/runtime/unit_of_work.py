"""One transaction of a service: what changes in it and what it tells become true together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeDecorator

from contracts.event import Event
from contracts.streams import Consumer
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.outbox import Relay
from services.runtime.tracing import headers_of

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}


def named_metadata() -> MetaData:
    """Metadata with a name for every constraint, so that migrations can speak of them."""
    return MetaData(naming_convention=NAMING)


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC on every database; SQLite alone would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        """SQLAlchemy formats a moment for SQLite field by field, at several times the price of what makes the same."""
        return _as_sqlite_keeps_it if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def _as_sqlite_keeps_it(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(" ", "microseconds")[:-6]


class UnitOfWork:
    """The session of one writing transaction, its inbox and its outbox."""

    def __init__(self, session: AsyncSession, source: str, inbox: type[Any] | None, outbox: type[Any]) -> None:
        self.session = session
        self._source = source
        self._inbox = inbox
        self._outbox = outbox
        self.told: list[Event] = []

    def tell(self, event: Event) -> None:
        """Tell a fact when, and only if, this transaction commits."""
        self.told.append(event)

    async def put_out(self) -> None:
        """Write what was told into the outbox, all at once and in order."""
        rows = [
            {"subject": event.subject, "body": event.body(), "headers": headers_of(event, self._source)}
            for event in self.told
        ]
        if rows:
            await self.session.execute(insert(self._outbox.__table__), rows)

    async def first_time(self, consumer: Consumer, event: Event) -> bool:
        """Whether the consumer handles this event for the first time; once this commits, it has."""
        if self._inbox is None:
            raise TypeError("this service keeps no inbox; give Units its Inbox class")
        key = {"consumer": consumer.name, "event_id": str(event.event_id)}
        if await self.session.get(self._inbox, key) is not None:
            return False
        self.session.add(self._inbox(**key))
        await self.session.flush()
        return True


class Units:
    """Opens the units of work of one service and wakes its relay when one has told something."""

    def __init__(self, database: Database, broker: Broker, inbox: type[Any] | None, outbox: type[Any]) -> None:
        """`inbox` is None for a service that keeps the facts themselves, which are then their own inbox."""
        self.database = database
        self.relay = Relay(database, broker, outbox)
        self._broker = broker
        self._inbox = inbox
        self._outbox = outbox

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        """Commits when the block ends without an error. Raises Unavailable if the database does not answer."""
        async with self.database.writing() as session:
            unit = UnitOfWork(session, self._broker.source, self._inbox, self._outbox)
            yield unit
            await unit.put_out()
        if unit.told:
            self.relay.wake()
            for event in unit.told:
                self._broker.told(event)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with self.database.reading() as session:
            yield session

"""Deliveries in telemetry's database: stored with the fact they tell of, claimed by one sender at a time, swept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from contracts.event import Event
from services.runtime.clock import Clock
from services.telemetry.domain.delivery import FACTS, Delivery, DeliveryStatus, content_of
from services.telemetry.exports.tables import AttemptRow, DeliveryRow, EndpointRow, delivery_of, delivery_values

REAL = Clock()
LOG_KEPT = timedelta(days=90)
"""How long it can be looked up what became of a delivery, when its content is long gone."""
WEBHOOK = "webhook"


def webhook(endpoint_id: UUID) -> str:
    """The destination of deliveries to one endpoint."""
    return f"{WEBHOOK}:{endpoint_id}"


class Announcer:
    """Stores a delivery of each fact for everybody who wants it, in the transaction that keeps the fact."""

    def __init__(self, destinations: Sequence[str] = ()) -> None:
        """`destinations` are those that get every kind of news, besides the endpoints that ask for it."""
        self._destinations = destinations

    async def announce(self, session: AsyncSession, events: Sequence[Event]) -> None:
        """Facts that were announced before change nothing."""
        news = [event for event in events if type(event) in FACTS]
        if not news:
            return
        endpoints = (await session.scalars(select(EndpointRow).where(EndpointRow.is_on))).all()
        now = REAL.now()
        await store(
            session,
            [
                Delivery.of(
                    destination,
                    FACTS[type(event)],
                    event.event_id,
                    content_of(event),
                    getattr(event, "lead_id", None),
                    now,
                )
                for event in news
                for destination in (
                    *(webhook(each.endpoint_id) for each in endpoints if FACTS[type(event)] in each.kinds),
                    *self._destinations,
                )
            ],
        )


async def store(session: AsyncSession, deliveries: Sequence[Delivery]) -> None:
    """Store deliveries, each once."""
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    if deliveries:
        rows = [delivery_values(each) for each in deliveries]
        await session.execute(insert(DeliveryRow).on_conflict_do_nothing(), rows)


def _due(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """What can be tried now. News of one lead reach a CRM one by one and in order: it looks people up before it makes
    them, and two at once would make them twice."""
    earlier = aliased(DeliveryRow)
    waits = exists().where(
        earlier.status == DeliveryStatus.PENDING,
        earlier.destination == DeliveryRow.destination,
        earlier.lead_id == DeliveryRow.lead_id,
        tuple_(earlier.created_at, earlier.delivery_id) < tuple_(DeliveryRow.created_at, DeliveryRow.delivery_id),
    )
    in_turn = or_(DeliveryRow.destination.startswith(f"{WEBHOOK}:"), ~waits)
    return DeliveryRow.status == DeliveryStatus.PENDING, DeliveryRow.attempt_at <= now, in_turn


ANY_DUE = select(exists().where(*_due(bindparam("now"))))
"""Whether there is anything to deliver."""


async def claim(session: AsyncSession, now: datetime, limit: int) -> list[Delivery]:
    """Deliveries to try now; nobody else gets them until their claim is over."""
    due = (
        select(DeliveryRow)
        .where(*_due(now))
        .order_by(DeliveryRow.attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=DeliveryRow)
    )
    claimed = [delivery_of(row).claimed(now) for row in await session.scalars(due)]
    for delivery in claimed:
        await change(session, delivery)
    return claimed


async def change(session: AsyncSession, delivery: Delivery) -> None:
    this = DeliveryRow.delivery_id == delivery.delivery_id
    await session.execute(update(DeliveryRow).where(this).values(delivery_values(delivery)))


async def get(session: AsyncSession, delivery_id: UUID) -> Delivery | None:
    row = await session.get(DeliveryRow, delivery_id, with_for_update=True)
    return delivery_of(row) if row else None


async def log_attempt(
    session: AsyncSession, delivery: Delivery, duration_ms: float, status_code: int | None, error: str | None
) -> None:
    session.add(
        AttemptRow(
            delivery_id=delivery.delivery_id,
            at=REAL.now(),
            duration_ms=round(duration_ms, 1),
            status_code=status_code,
            error=error,
        )
    )


async def sweep(session: AsyncSession, now: datetime, content_kept: timedelta) -> None:
    """Forget what settled deliveries said after `content_kept`, and that they were, after 90 days."""
    old = DeliveryRow.settled_at < now - LOG_KEPT
    of_old = select(DeliveryRow.delivery_id).where(old)
    await session.execute(delete(AttemptRow).where(AttemptRow.delivery_id.in_(of_old)))
    await session.execute(delete(DeliveryRow).where(old))
    said = DeliveryRow.settled_at < now - content_kept
    await session.execute(update(DeliveryRow).where(said, DeliveryRow.content.is_not(None)).values(content=None))


async def forget(session: AsyncSession, lead_id: str) -> None:
    """Remove every delivery that tells of a lead, sent or not."""
    of_lead = select(DeliveryRow.delivery_id).where(DeliveryRow.lead_id == lead_id)
    await session.execute(delete(AttemptRow).where(AttemptRow.delivery_id.in_(of_lead)))
    await session.execute(delete(DeliveryRow).where(DeliveryRow.lead_id == lead_id))


async def counted(session: AsyncSession) -> list[tuple[str, str, int]]:
    """How many deliveries there are for each destination and status."""
    query = select(DeliveryRow.destination, DeliveryRow.status, func.count())
    rows = await session.execute(query.group_by(DeliveryRow.destination, DeliveryRow.status))
    return [(destination, status, count) for destination, status, count in rows]

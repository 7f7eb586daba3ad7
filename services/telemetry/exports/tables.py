"""The tables of what goes out: webhook endpoints, deliveries, and a log of attempts without any content."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from services.runtime.unit_of_work import Moment
from services.telemetry.domain.delivery import Delivery, DeliveryStatus
from services.telemetry.tables import Base


class EndpointRow(Base):
    """Somebody's webhook. Its secret is not here: it is made of the key, the id and the generation."""

    __tablename__ = "endpoints"

    endpoint_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str]] = mapped_column(JSON)
    description: Mapped[str | None] = mapped_column(Text)
    is_on: Mapped[bool]
    off_because: Mapped[str | None] = mapped_column(Text)
    generation: Mapped[int]
    rotated_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class DeliveryRow(Base):
    """News for one destination."""

    __tablename__ = "deliveries"

    delivery_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    destination: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    lead_id: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    attempt_at: Mapped[datetime] = mapped_column(Moment)
    give_up_at: Mapped[datetime] = mapped_column(Moment)
    attempts: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None] = mapped_column(Moment, index=True)


_PENDING = text("status = 'pending'")
Index("ix_deliveries_attempt_at", DeliveryRow.attempt_at, sqlite_where=_PENDING, postgresql_where=_PENDING)
Index("ix_deliveries_destination", DeliveryRow.destination, DeliveryRow.status)  # counted whenever metrics are read
Index("ix_deliveries_created_at", DeliveryRow.created_at, DeliveryRow.delivery_id)


class AttemptRow(Base):
    """One try to deliver: when, how long it took and what came of it."""

    __tablename__ = "delivery_attempts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    delivery_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey(DeliveryRow.delivery_id, ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    duration_ms: Mapped[float]
    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str | None] = mapped_column(Text)


class SecretRow(Base):
    """A key that was made here because none was given."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


_FIELDS = tuple(Delivery.__dataclass_fields__)


def delivery_of(row: DeliveryRow) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in _FIELDS} | {"status": DeliveryStatus(row.status)})


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in _FIELDS}

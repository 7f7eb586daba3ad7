"""The tables of erasures, and the log of what was done about people's data."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from services.dialer.tables import Base


class ErasureState(StrEnum):
    """How far an erasure is."""

    REQUESTED = "requested"
    CLOSING = "closing"
    """Nobody calls the person any more; who does at this moment hangs up."""
    ERASING = "erasing"
    """The other services delete what they have."""
    SWEEPING = "sweeping"
    """The dialer deletes its own rows, and every message in every stream."""
    REWRITING = "rewriting"
    """Nothing names the person any more; the files lose what is left over in them."""
    FINISHED = "finished"


class ErasureRow(Base):
    """One wish to be forgotten. `person` is a keyed hash; what names the person is there only until it is fulfilled."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_state", "state"), Index("ix_erasures_requested_at", "requested_at"))

    erasure_id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    requested_by: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime]
    lead_id: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(String(16))
    traces: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    removed: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
    """By service, which has an entry once it has forgotten the person."""
    remarks: Mapped[list[str]] = mapped_column(JSON)
    finished_at: Mapped[datetime | None]


class CopyRow(Base):
    """Something that somebody outside holds and is to delete, as a person is erased or its time is over. `look_at` is a
    real moment."""

    __tablename__ = "erasure_copies"
    __table_args__ = (
        Index("ix_erasure_copies_look_at", "look_at"),
        Index("ix_erasure_copies_erasure_id", "erasure_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    erasure_id: Mapped[UUID | None]
    """None: it has been kept for long enough."""
    holder: Mapped[str] = mapped_column(String(32))
    what: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str | None] = mapped_column(Text)
    """The holder's own id of it, until it is deleted."""
    place: Mapped[str | None] = mapped_column(Text)
    """Where it was said to lie."""
    state: Mapped[str] = mapped_column(String(16))
    count: Mapped[int]
    """How many were deleted."""
    reason: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int]
    look_at: Mapped[datetime | None]
    """When it is asked for next; None if we do not ask for it, or not any more."""


class PrivacyLogRow(Base):
    """Something that was done about the data of one person, or of all whose time was over."""

    __tablename__ = "privacy_log"
    __table_args__ = (Index("ix_privacy_log_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(Text)
    did: Mapped[str] = mapped_column(String(32))
    person: Mapped[str | None]
    """A keyed hash."""
    detail: Mapped[str] = mapped_column(Text)

"""The scheduler's tables, and how their rows become meetings, holds and callbacks."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import JSON

from contracts.values import LeadFacts, TimeWindow
from services.runtime.inbox import InboxRow
from services.runtime.outbox import OutboxRow
from services.runtime.unit_of_work import Moment, named_metadata
from services.scheduler.domain.callback import Callback, CallbackStatus
from services.scheduler.domain.hold import Hold
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.representative import Representative
from services.scheduler.domain.slot import Slot

_STANDING = text("status = 'booked'")
_PENDING = text("status = 'pending'")


class Base(DeclarativeBase):
    metadata = named_metadata()
    type_annotation_map = {datetime: Moment, str: String(64)}  # noqa: RUF012  SQLAlchemy's own convention


class Outbox(OutboxRow, Base):
    """Facts on their way out."""


class Inbox(InboxRow, Base):
    """Facts that were handled."""


class AgendaRow(Base):
    """One row a representative: whoever holds it locked may take that person's time."""

    __tablename__ = "agendas"

    representative_id: Mapped[str] = mapped_column(primary_key=True)


class CallRow(Base):
    """The highest epoch a call has shown. Requests of one call wait for each other here."""

    __tablename__ = "calls"

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[datetime]


class HoldRow(Base):
    """A slot offered in a call, and until when it is held for it."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_held_until", "held_until"),)

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    slot_id: Mapped[str] = mapped_column(primary_key=True)
    representative_id: Mapped[str]
    start: Mapped[datetime]
    end: Mapped[datetime]
    occupied_from: Mapped[datetime]
    occupied_until: Mapped[datetime]
    held_until: Mapped[datetime]
    wish_key: Mapped[str]


class MeetingRow(Base):
    """A meeting. The database itself allows one at a time, and one for a slot in a call."""

    __tablename__ = "meetings"
    __table_args__ = (
        Index(
            "uq_meetings_standing",
            "representative_id",
            "start",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index(
            "uq_meetings_call_slot",
            "call_id",
            "slot_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index("ix_meetings_start", "start"),
        Index("ix_meetings_occupied_until", "occupied_until"),
        Index("ix_meetings_lead_id", "lead_id"),
    )

    meeting_id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[str]
    call_id: Mapped[UUID | None]
    slot_id: Mapped[str]
    representative_id: Mapped[str]
    representative_name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str]
    start: Mapped[datetime]
    end: Mapped[datetime]
    occupied_from: Mapped[datetime]
    occupied_until: Mapped[datetime]
    lead: Mapped[dict[str, Any]] = mapped_column(JSON)
    phone: Mapped[str | None] = mapped_column(String(16))
    booked_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    sequence: Mapped[int] = mapped_column(server_default="0")
    changed_at: Mapped[datetime | None]
    request_digest: Mapped[str | None]


class CallbackRow(Base):
    """A wish to be called back."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("ix_callbacks_due_at", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("ix_callbacks_lead_id", "lead_id"),
    )

    callback_id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[str]
    call_id: Mapped[UUID]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    due_at: Mapped[datetime]
    requested_by: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(16))
    moved_because: Mapped[str | None] = mapped_column(Text)


class RepresentativeRow(Base):
    """What was stored of a representative over the file; without facts, that nobody of that id takes meetings."""

    __tablename__ = "representatives"

    representative_id: Mapped[str] = mapped_column(primary_key=True)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class RosterRow(Base):
    """One row: how often stored representatives were changed, so that every replica notices."""

    __tablename__ = "roster"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]


class LeadRow(Base):
    """Whether a lead never wants to be called again. Facts about one lead wait for each other here."""

    __tablename__ = "leads"

    lead_id: Mapped[str] = mapped_column(primary_key=True)
    opted_out_at: Mapped[datetime | None]


def meeting_of(row: Any) -> Meeting:
    found = {each.name: getattr(row, each.name) for each in fields(Meeting)}
    return Meeting(**found | {"lead": LeadFacts.model_validate(row.lead), "status": MeetingStatus(row.status)})


def meeting_values(meeting: Meeting) -> dict[str, Any]:
    values = {each.name: getattr(meeting, each.name) for each in fields(Meeting)}
    return values | {"lead": meeting.lead.model_dump(exclude_none=True), "status": meeting.status.value}


def representative_of(row: RepresentativeRow) -> Representative | None:
    return Representative.model_validate(row.facts) if row.facts is not None else None


def hold_of(row: Any) -> Hold:
    return Hold(
        call_id=row.call_id,
        slot=Slot(row.representative_id, row.start, row.end),
        occupied_from=row.occupied_from,
        occupied_until=row.occupied_until,
        held_until=row.held_until,
        wish_key=row.wish_key,
    )


def hold_values(hold: Hold) -> dict[str, Any]:
    return {
        "call_id": hold.call_id,
        "slot_id": hold.slot.slot_id,
        "representative_id": hold.slot.representative_id,
        "start": hold.slot.start,
        "end": hold.slot.end,
        "occupied_from": hold.occupied_from,
        "occupied_until": hold.occupied_until,
        "held_until": hold.held_until,
        "wish_key": hold.wish_key,
    }


def callback_of(row: CallbackRow) -> Callback:
    return Callback(
        callback_id=row.callback_id,
        lead_id=row.lead_id,
        call_id=row.call_id,
        window=TimeWindow(start=row.window_start, end=row.window_end),
        due_at=row.due_at,
        requested_by=row.requested_by,
        status=CallbackStatus(row.status),
        moved_because=row.moved_because,
    )


def callback_values(callback: Callback) -> dict[str, Any]:
    return {
        "callback_id": callback.callback_id,
        "lead_id": callback.lead_id,
        "call_id": callback.call_id,
        "window_start": callback.window.start,
        "window_end": callback.window.end,
        "due_at": callback.due_at,
        "requested_by": callback.requested_by,
        "status": callback.status.value,
        "moved_because": callback.moved_because,
    }

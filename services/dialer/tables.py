"""The dialer's tables, and how their rows become leads and attempts."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, literal, or_, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import JSON

from contracts.leads import SubmittedConsent
from contracts.values import AnsweredBy, Disposition, LeadFacts, Outcome
from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.domain.lead import Lead, LeadState
from services.runtime.inbox import InboxRow
from services.runtime.outbox import OutboxRow
from services.runtime.unit_of_work import Moment, named_metadata

_NOT_ENDED = text("state != 'ended'")
_CALLED_BACK = text("callback_id IS NOT NULL")


class Base(DeclarativeBase):
    metadata = named_metadata()
    type_annotation_map = {datetime: Moment, str: String(64)}  # noqa: RUF012  SQLAlchemy's own convention


class Outbox(OutboxRow, Base):
    """Facts on their way out."""


class Inbox(InboxRow, Base):
    """Facts that were handled."""


class LeadRow(Base):
    """A person to call. Whoever holds the row locked may change the person's attempts as well."""

    __tablename__ = "leads"
    __table_args__ = (
        Index("ix_leads_due", "state", "due_at"),
        Index("ix_leads_phone", "phone"),
        Index("ix_leads_campaign", "campaign_id", "state", "due_at"),
        Index("ix_leads_called_back", "due_at", sqlite_where=_CALLED_BACK, postgresql_where=_CALLED_BACK),
    )

    lead_id: Mapped[str] = mapped_column(primary_key=True)
    written_phone: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(String(16))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    consent: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    submitted_at: Mapped[datetime]
    campaign_id: Mapped[UUID | None]
    best_call_time: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(24))
    due_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text)
    callback_id: Mapped[UUID | None]
    memory_of: Mapped[UUID | None]
    outcome: Mapped[str | None] = mapped_column(String(24))


class AttemptRow(Base):
    """One call. The database itself allows one at a time to a number."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("uq_attempts_live_phone", "phone", unique=True, sqlite_where=_NOT_ENDED, postgresql_where=_NOT_ENDED),
        Index("ix_attempts_lead_id", "lead_id"),
        Index("ix_attempts_phone", "phone"),
        Index("ix_attempts_look_at", "look_at"),
        Index("ix_attempts_campaign_id", "campaign_id"),
        Index("ix_attempts_from_number", "from_number", "requested_at"),
    )

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[str]
    phone: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    requested_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    callback_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]
    submitting_at: Mapped[datetime | None]
    from_number: Mapped[str | None] = mapped_column(String(16))
    carrier_call_id: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str | None] = mapped_column(String(16))
    sequence: Mapped[int | None]
    answered_by: Mapped[str | None] = mapped_column(String(16))
    dialed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    line_opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    disposition: Mapped[str | None] = mapped_column(String(16))
    duration_s: Mapped[float]
    error: Mapped[str | None] = mapped_column(Text)
    look_at: Mapped[datetime | None]
    concluded_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))
    summary: Mapped[str] = mapped_column(Text)
    answers: Mapped[dict[str, str]] = mapped_column(JSON)


UNENDED = AttemptRow.state != literal(AttemptState.ENDED.value, literal_execute=True)
"""Written out, so that the partial index serves it."""
DIALED = or_(AttemptRow.carrier_call_id.is_not(None), AttemptRow.disposition == Disposition.UNKNOWN.value)
"""As Attempt.dialed has it."""


class OptOutRow(Base):
    """A number in E.164, or a lead's id, that is never to be called again."""

    __tablename__ = "opt_outs"

    key: Mapped[str] = mapped_column(primary_key=True)
    opted_out_at: Mapped[datetime]
    call_id: Mapped[UUID | None]
    quote: Mapped[str | None] = mapped_column(Text)


class BadNumberRow(Base):
    """A number that the carrier turned down."""

    __tablename__ = "bad_numbers"

    phone: Mapped[str] = mapped_column(String(16), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime]


class RecordingRow(Base):
    """A recording that the carrier keeps for us."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_call_id", "call_id"), Index("ix_recordings_ready_at", "ready_at"))

    recording_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[UUID]
    url: Mapped[str] = mapped_column(Text)
    """Where it was said to lie."""
    ready_at: Mapped[datetime]


class CalledRow(Base):
    """A keyed hash of a number that was called, when all else of it is gone."""

    __tablename__ = "called"

    key: Mapped[str] = mapped_column(primary_key=True)


class DecisionRow(Base):
    """What the gate said, rule by rule, each time it was asked."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_lead_id", "lead_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    lead_id: Mapped[str]
    call_id: Mapped[UUID | None]
    """The call that was about to be dialed, if it had come so far."""
    decided_at: Mapped[datetime]
    until: Mapped[datetime | None]
    verdicts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class PaceRow(Base):
    """A carrier account's pace and its breaker; locked by whoever takes the next moment."""

    __tablename__ = "paces"

    carrier: Mapped[str] = mapped_column(primary_key=True)
    next_free: Mapped[datetime]
    trouble: Mapped[str | None] = mapped_column(Text)
    retry_at: Mapped[datetime | None]
    failures: Mapped[list[str] | None] = mapped_column(JSON)


class SecretRow(Base):
    """A key that was made here because none was given, or the proof that the given one is still the same."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


def lead_of(row: LeadRow) -> Lead:
    found = {each.name: getattr(row, each.name) for each in fields(Lead)}
    return Lead(
        **found
        | {
            "facts": LeadFacts.model_validate(row.facts),
            "consent": SubmittedConsent.model_validate(row.consent) if row.consent else None,
            "state": LeadState(row.state),
            "outcome": Outcome(row.outcome) if row.outcome else None,
        }
    )


def lead_values(lead: Lead) -> dict[str, Any]:
    return vars(lead) | {
        "facts": lead.facts.model_dump(exclude_none=True),
        "consent": lead.consent.model_dump(exclude_none=True) if lead.consent else None,
        "state": lead.state.value,
        "outcome": lead.outcome and lead.outcome.value,
    }


_WORDS: dict[str, Any] = {
    "state": AttemptState,
    "status": CarrierStatus,
    "answered_by": AnsweredBy,
    "disposition": Disposition,
    "outcome": Outcome,
}


def attempt_of(row: AttemptRow) -> Attempt:
    found = {each.name: getattr(row, each.name) for each in fields(Attempt)}
    return Attempt(**found | {name: word(found[name]) for name, word in _WORDS.items() if found[name] is not None})


def attempt_values(attempt: Attempt) -> dict[str, Any]:
    values = {each.name: getattr(attempt, each.name) for each in fields(Attempt)}
    return values | {name: values[name].value for name in _WORDS if values[name] is not None}

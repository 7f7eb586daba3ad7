"""Telemetry's tables.

`facts` is the truth, one row for each message of a stream, and so its own inbox: a redelivery finds its row. All
others are derived from it: `calls` in narrow columns for lists, filters and sums, `records` with the whole call as
JSON, `transcripts` with the words to search, `waits` with how long the caller waited, `objections`, and `leads`
with what the gate said.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, SmallInteger, String, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from contracts.event import Event, kind_of
from services.runtime.outbox import OutboxRow
from services.runtime.unit_of_work import Moment, named_metadata
from services.telemetry.domain.facts import Fact


class Base(DeclarativeBase):
    metadata = named_metadata()


class Outbox(OutboxRow, Base):
    """Facts on their way out."""


class FactRow(Base):
    """One message of a stream. The body is the fact as it was understood, as JSON text."""

    __tablename__ = "facts"

    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    call_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    lead_id: Mapped[str | None] = mapped_column(String(64))
    stored_at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    """In the key, because a stream that is made anew begins at 1 again."""
    body: Mapped[str] = mapped_column(Text)

    def fact(self) -> Fact[Event]:
        """The fact this row keeps."""
        kind = kind_of(self.subject)
        if kind is None:
            raise LookupError(f"no fact is told on {self.subject} any more; migrate the table facts")
        return Fact(kind.model_validate_json(self.body), self.sequence, self.stored_at)


# Verdicts are read by kind, newest first; the facts of calls, many times as many, are read by call.
for _column in (FactRow.kind, FactRow.lead_id):
    Index(
        f"ix_facts_{_column.key}",
        _column,
        FactRow.stored_at,
        sqlite_where=FactRow.call_id.is_(None),
        postgresql_where=FactRow.call_id.is_(None),
    )


class CallRow(Base):
    """One call. `heard_at`, `due_at` and `logged_at` are real moments, all others those of the system's clock."""

    __tablename__ = "calls"

    call_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    lead_id: Mapped[str | None] = mapped_column(String(64))
    lead_name: Mapped[str | None] = mapped_column(Text)
    company: Mapped[str | None] = mapped_column(Text)
    business_type: Mapped[str | None] = mapped_column(Text)
    campaign_id: Mapped[UUID | None] = mapped_column(Uuid)
    attempt: Mapped[int]
    playbook: Mapped[str | None] = mapped_column(Text)
    variant: Mapped[str | None] = mapped_column(Text)
    line: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(32))
    disposition: Mapped[str | None] = mapped_column(String(32))
    answered_by: Mapped[str | None] = mapped_column(String(16))
    interest: Mapped[str | None] = mapped_column(String(8))
    reached: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """The furthest stage of the funnel, counted from 0."""
    began_at: Mapped[datetime] = mapped_column(Moment)
    """When its first fact happened."""
    hour: Mapped[int | None] = mapped_column(SmallInteger)
    """The hour of the day in Israel at which it was dialed."""
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    duration_s: Mapped[float]
    meeting_start: Mapped[datetime | None] = mapped_column(Moment)
    agent_share: Mapped[float | None]
    interruptions: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    longest_monologue_words: Mapped[int] = mapped_column(server_default="0")
    cost: Mapped[float | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    has_recording: Mapped[bool] = mapped_column(server_default="0")
    heard_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the record is to be folded anew; None if it holds every fact, or if the call still runs."""
    logged_at: Mapped[datetime | None] = mapped_column(Moment)
    is_whole: Mapped[bool] = mapped_column(server_default="0")
    """Whether the record was folded from the call's first fact on, or is all that is left of it."""


Index("ix_calls_began_at", CallRow.began_at, CallRow.call_id)
Index("ix_calls_duration_s", CallRow.duration_s, CallRow.call_id)
# Counts by one of these and by stage read nothing but the index, in its order, also where time limits them.
for _name in ("outcome", "disposition", "interest", "lead_id", "campaign_id", "business_type", "hour", "attempt"):
    Index(f"ix_calls_{_name}", getattr(CallRow, _name), CallRow.reached, CallRow.began_at)
Index("ix_calls_playbook", CallRow.playbook, CallRow.variant, CallRow.reached, CallRow.began_at)
Index(
    "ix_calls_due_at",
    CallRow.due_at,
    sqlite_where=CallRow.due_at.is_not(None),
    postgresql_where=CallRow.due_at.is_not(None),
)
Index(
    "ix_calls_heard_at",
    CallRow.heard_at,
    sqlite_where=CallRow.logged_at.is_(None),
    postgresql_where=CallRow.logged_at.is_(None),
)


def _call_key() -> Mapped[UUID]:
    return mapped_column(Uuid, ForeignKey(CallRow.call_id, ondelete="CASCADE"), primary_key=True)


class RecordRow(Base):
    """The whole record of a call, as JSON."""

    __tablename__ = "records"

    call_id: Mapped[UUID] = _call_key()
    record: Mapped[dict[str, Any]] = mapped_column(JSON)


class TranscriptRow(Base):
    """The words of a call as they are searched for. The full-text index beside it follows it by itself."""

    __tablename__ = "transcripts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    call_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey(CallRow.call_id, ondelete="CASCADE"), unique=True)
    words: Mapped[str] = mapped_column(Text)


class WaitRow(Base):
    """How many turns of a call had a wait on one step of the histogram."""

    __tablename__ = "waits"

    call_id: Mapped[UUID] = _call_key()
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    turns: Mapped[int] = mapped_column(SmallInteger)


Index("ix_waits_step", WaitRow.step, WaitRow.turns)


class ObjectionRow(Base):
    """An objection that came up in a call."""

    __tablename__ = "objections"

    call_id: Mapped[UUID] = _call_key()
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)


class LeadRow(Base):
    """What the gate last said of a lead in a campaign, and when it first said anything."""

    __tablename__ = "leads"

    lead_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    """NO_CAMPAIGN for a lead without one: a key has no gaps."""
    told_at: Mapped[datetime] = mapped_column(Moment)
    verdict: Mapped[str] = mapped_column(String(16))
    sequence: Mapped[int] = mapped_column(BigInteger)


Index("ix_leads_told_at", LeadRow.told_at)

NO_CAMPAIGN = UUID(int=0)


class ForgottenRow(Base):
    """A keyed hash of the id of a lead or call that was erased: what comes late of it is not kept."""

    __tablename__ = "forgotten"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)


class RebuildRow(Base):
    """How far a rebuild that has not ended has come in one of its parts."""

    __tablename__ = "rebuilds"

    part: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[str] = mapped_column(String(64))

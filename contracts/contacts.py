"""Facts about a person's wish to be left alone, on every channel, or to be forgotten."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.values import Instant, LeadId, PhoneNumber, Value, once_id


class _Contact(Event):
    stream: ClassVar[str] = "CONTACTS"

    lead_id: LeadId


class ContactOptedOut(_Contact):
    """Never again, on any channel."""

    subject_template: ClassVar[str] = "contacts.{lead_id}.opted_out"
    told_by: ClassVar[tuple[str, ...]] = ("conversation", "dialer")
    heard_by: ClassVar[tuple[str, ...]] = ("dialer", "scheduler", "telemetry")

    phone: PhoneNumber | None = None
    call_id: UUID | None = None
    quote: str | None = None


class Traces(Value):
    """By what a person is recognised in what is kept. Whoever shares a number with the lead is the same person."""

    lead_ids: tuple[LeadId, ...]
    phones: tuple[PhoneNumber, ...] = ()
    emails: tuple[str, ...] = ()
    """Recognise a person only where nothing else does: many people share an address."""
    call_ids: tuple[UUID, ...] = ()


class CopyState(StrEnum):
    """What has become of something that somebody else holds of a person."""

    DELETED = "deleted"
    PENDING = "pending"
    """Asked for, and not done yet: it is asked for again until it is."""
    FAILED = "failed"
    """Not asked for again: it has to be deleted by hand."""
    LEFT = "left"
    """Not asked for, because the settings say so: it has to be deleted by hand."""


class Copy(Value):
    """What somebody outside holds of a person: a carrier, a CRM."""

    holder: str
    what: str
    """Recordings, contacts, calls, ..."""
    state: CopyState
    count: int = 1
    """How many; of what is pending, at least."""
    reason: str | None = None
    """Why it is not deleted, with the cure."""
    references: tuple[str, ...] = ()
    """The holder's own ids of what has to be deleted by hand."""


class ContactErasureRequested(_Contact):
    """The person asked to be forgotten."""

    subject_template: ClassVar[str] = "contacts.{lead_id}.erasure_requested"
    told_by: ClassVar[tuple[str, ...]] = ("admin", "dialer")
    heard_by: ClassVar[tuple[str, ...]] = ("dialer", "telemetry")

    requested_by: str
    """Who passed the wish on: an operator, a system. It is kept, so it must not be the person's own name."""
    phone: PhoneNumber | None = None
    """For somebody who may be no lead of ours."""


class ContactErasureBegan(_Contact):
    """No call with the person is planned or in progress any more: every service forgets them now."""

    subject_template: ClassVar[str] = "contacts.{lead_id}.erasure_began"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "scheduler", "telemetry")

    erasure_id: UUID
    traces: Traces


class ContactErasureWaits(_Contact):
    """One service waits for somebody outside before it forgets the person, whom it still has to name to them."""

    subject_template: ClassVar[str] = "contacts.{lead_id}.erasure_waits"
    told_by: ClassVar[tuple[str, ...]] = ("telemetry",)
    heard_by: ClassVar[tuple[str, ...]] = ("dialer",)

    service: str
    erasure_id: UUID
    copies: tuple[Copy, ...]


class ContactErased(_Contact):
    """One service holds nothing on the person any more."""

    subject_template: ClassVar[str] = "contacts.{lead_id}.erased"
    told_by: ClassVar[tuple[str, ...]] = ("conversation", "scheduler", "telemetry")
    heard_by: ClassVar[tuple[str, ...]] = ("dialer", "telemetry")

    service: str
    erasure_id: UUID | None = None
    removed: dict[str, int] = Field(default_factory=dict)
    """How many rows of which kind."""
    remarks: tuple[str, ...] = ()
    """What is not in our hands: who was told of the person before. It names nobody."""
    copies: tuple[Copy, ...] = ()
    """What others held, and what has become of it."""

    @classmethod
    def answering(
        cls,
        began: "ContactErasureBegan",
        service: str,
        now: datetime,
        *,
        removed: Mapping[str, int] | None = None,
        remarks: tuple[str, ...] = (),
        copies: tuple[Copy, ...] = (),
    ) -> Self:
        """What a service tells when it has done its part; the same fact however often it does it."""
        return cls(
            event_id=once_id("erased", began.erasure_id, service),
            occurred_at=now,
            causation_id=began.event_id,
            lead_id=began.lead_id,
            service=service,
            erasure_id=began.erasure_id,
            removed=dict(removed or {}),
            remarks=remarks,
            copies=copies,
        )


class ContactErasureFinished(Event):
    """The receipt: nothing is held on a person any more but a keyed hash, which `person` is."""

    subject_template: ClassVar[str] = "contacts.{person}.erasure_finished"
    stream: ClassVar[str] = "CONTACTS"
    told_by: ClassVar[tuple[str, ...]] = ("dialer",)
    heard_by: ClassVar[tuple[str, ...]] = ("telemetry", "anyone")

    person: LeadId
    erasure_id: UUID
    requested_at: Instant
    removed: dict[str, dict[str, int]] = Field(default_factory=dict)
    """How many rows and messages, by service and kind."""
    remarks: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    """What others held, and what had become of it by then; what was pending, they are asked for until it is done."""

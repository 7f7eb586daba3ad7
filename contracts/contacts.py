"""Facts about a person's wish to be left alone, on every channel."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Event
from contracts.values import LeadId, PhoneNumber


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


class ContactErasureRequested(_Contact):
    """The person asked to be forgotten."""

    subject_template: ClassVar[str] = "contacts.{lead_id}.erasure_requested"
    told_by: ClassVar[tuple[str, ...]] = ("admin",)
    heard_by: ClassVar[tuple[str, ...]] = ("dialer", "conversation", "scheduler", "telemetry")

    requested_by: str


class ContactErased(_Contact):
    """One service holds nothing on the person any more."""

    subject_template: ClassVar[str] = "contacts.{lead_id}.erased"
    told_by: ClassVar[tuple[str, ...]] = ("dialer", "conversation", "scheduler", "telemetry")
    heard_by: ClassVar[tuple[str, ...]] = ("telemetry",)

    service: str

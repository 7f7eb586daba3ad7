"""Requests and their replies over core NATS. A refusal is a typed reply, never a silence.

A reply is one of two classes, told apart by `kind`. Read it with `parse_reply`.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from contracts.values import Instant, LeadFacts, LeadId, MeetingFacts, PhoneNumber, TimeWindow, Value


class RefusalReason(StrEnum):
    """Why a request was refused."""

    INVALID = "invalid"
    STALE_EPOCH = "stale_epoch"
    NOT_OFFERED = "not_offered"
    EXPIRED = "expired"
    TAKEN = "taken"
    NO_SLOTS = "no_slots"
    NOT_FOUND = "not_found"
    ALREADY_BOOKED = "already_booked"
    CHANGED = "changed"
    UNAVAILABLE = "unavailable"


class Slot(Value):
    """A time at which one representative is free."""

    slot_id: str
    start: Instant
    end: Instant
    representative_id: str
    representative_name: str


class Refused(Value):
    """The answer is no, and why; where it helps, with fresh slots to offer instead."""

    kind: Literal["refused"] = "refused"
    reason: RefusalReason
    detail: str
    """In words, with the cure."""
    alternatives: tuple[Slot, ...] = ()
    field: str | None = None
    """The part of the request at fault, if one is."""


class OfferSlots(Value):
    """Find slots for a wish and hold them for this call."""

    subject: ClassVar[str] = "scheduler.offer_slots"

    call_id: UUID
    lead_id: LeadId
    epoch: int
    wish: TimeWindow | None = None
    """Where the lead wants the meeting. None: anywhere."""
    not_before: Instant | None = None
    not_on: Annotated[tuple[TimeWindow, ...], Field(max_length=20)] = ()
    """When the lead does not want it, whatever else is free."""
    count: Annotated[int, Field(ge=1, le=5)] = 2
    exclude: tuple[str, ...] = ()
    """Slot ids the lead has already turned down."""
    meeting_minutes: int | None = None
    meeting_id: UUID | None = None
    """To move this meeting: its own time counts as free, its length and its representative stay."""


class SlotsOffered(Value):
    """Slots that are held for the call until `held_until`."""

    kind: Literal["offered"] = "offered"
    slots: tuple[Slot, ...]
    held_until: Instant


class Book(Value):
    """Book a slot that was offered in this call. Asking again for the same slot gives the same meeting."""

    subject: ClassVar[str] = "scheduler.book"

    call_id: UUID
    lead_id: LeadId
    epoch: int
    slot_id: str
    lead: LeadFacts
    phone: PhoneNumber | None = None
    another: bool = False
    """True: besides a meeting of this lead that stands already."""


class BookByHand(Value):
    """Book a free slot outside a call: a person does it. Asking again under the same key gives the same meeting."""

    subject: ClassVar[str] = "scheduler.book_by_hand"

    slot_id: str
    lead: LeadFacts
    lead_id: LeadId | None = None
    """None: made of the phone number."""
    phone: str | None = None
    """As people write it."""
    meeting_minutes: int | None = None
    key: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    another: bool = False
    """True: besides a meeting of this lead that stands already."""


class Booked(Value):
    """The meeting is committed."""

    kind: Literal["booked"] = "booked"
    meeting: MeetingFacts


class Reschedule(Value):
    """Move a meeting to a slot that was offered in this call."""

    subject: ClassVar[str] = "scheduler.reschedule"

    meeting_id: UUID
    call_id: UUID | None = None
    epoch: int | None = None
    slot_id: str
    sequence: int | None = None
    """How often the meeting had been changed when the asker looked at it: if it was changed since, it stays. None: it
    is moved whatever happened to it."""


class Cancel(Value):
    """Cancel a meeting."""

    subject: ClassVar[str] = "scheduler.cancel"

    meeting_id: UUID
    call_id: UUID | None = None
    epoch: int | None = None
    reason: str | None = None
    sequence: int | None = None
    """As for Reschedule."""


class FindSlots(Value):
    """Which times are free? Outside a call: nothing is held."""

    subject: ClassVar[str] = "scheduler.find_slots"

    wish: TimeWindow | None = None
    not_before: Instant | None = None
    not_on: Annotated[tuple[TimeWindow, ...], Field(max_length=20)] = ()
    count: Annotated[int, Field(ge=1, le=50)] = 3
    meeting_minutes: int | None = None
    representative_id: str | None = None
    """Only with this representative."""
    meeting_id: UUID | None = None
    """To move this meeting: with the same representative."""


class SlotsFound(Value):
    """Times that are free at this moment, held for nobody."""

    kind: Literal["found"] = "found"
    slots: tuple[Slot, ...]


class ListMeetings(Value):
    """The meetings that begin within a window."""

    subject: ClassVar[str] = "scheduler.list_meetings"

    window: TimeWindow
    representative_id: str | None = None
    lead_id: LeadId | None = None
    include_cancelled: bool = False
    limit: Annotated[int, Field(ge=1, le=500)] = 200
    cursor: str | None = None
    """Where the page before ended."""


class ListedMeeting(Value):
    """A meeting as the console shows it."""

    meeting: MeetingFacts
    lead_id: LeadId
    lead: LeadFacts
    call_id: UUID | None = None
    cancelled: bool = False
    sequence: int | None = None
    """How often it was changed: what Reschedule and Cancel take, to change only what was seen."""


class MeetingsListed(Value):
    """Meetings in order of their start."""

    kind: Literal["meetings"] = "meetings"
    meetings: tuple[ListedMeeting, ...]
    next_cursor: str | None = None
    """There are more; ask again with this cursor."""


class Cancelled(Value):
    """The meeting will not take place."""

    kind: Literal["cancelled"] = "cancelled"
    meeting_id: UUID


Reply = SlotsOffered | SlotsFound | Booked | Cancelled | MeetingsListed | Refused

Request = OfferSlots | FindSlots | Book | BookByHand | Reschedule | Cancel | ListMeetings

REQUESTS: tuple[type[Request], ...] = (OfferSlots, FindSlots, Book, BookByHand, Reschedule, Cancel, ListMeetings)

_replies: TypeAdapter[Reply] = TypeAdapter(Annotated[Reply, Field(discriminator="kind")])


def parse_reply(data: bytes) -> Reply:
    """Read the scheduler's reply to any request. Raises ValidationError if it is none."""
    return _replies.validate_json(data)

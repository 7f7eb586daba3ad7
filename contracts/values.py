"""The words every service shares: ids, phone numbers, outcomes, windows of time."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints, model_validator
from uuid_utils.compat import uuid5

LEAD_NAMESPACE = UUID("5f9d3a52-3c1e-5b7e-9d0a-7c2f6b1a4e11")
"""Namespace of the lead ids that are derived from a phone number."""

ONCE_NAMESPACE = UUID("0d8e1c3a-86f4-5d0b-8a35-1f6f0a6f2c77")
"""Namespace of the ids of facts that can happen once, and of events published by hand without an id."""

LeadId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A lead's id: one token of a subject, ours or that of the CRM it came from."""

PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
"""A phone number in E.164."""

YEARS = (1900, 2200)
"""The first year that anything here may be about, and the first that is too late: whatever is reckoned with a moment
in between can be reckoned, and kept."""


_FIRST, _TOO_LATE = (datetime(year, 1, 1, tzinfo=UTC) for year in YEARS)


def _instant(moment: datetime) -> datetime:
    plainly = YEARS[0] < moment.year < YEARS[1] - 1  # whatever the zone; comparing moments takes ten times as long
    if not (plainly or _FIRST <= moment < _TOO_LATE):
        raise ValueError(f"give a moment between the years {YEARS[0]} and {YEARS[1]}")
    return moment


def _day(day: date) -> date:
    if not YEARS[0] <= day.year < YEARS[1]:
        raise ValueError(f"give a day between the years {YEARS[0]} and {YEARS[1]}")
    return day


Instant = Annotated[AwareDatetime, AfterValidator(_instant)]
"""A moment, with its zone, that somebody may mean."""

Day = Annotated[date, AfterValidator(_day)]
"""A day that somebody may mean."""


def lead_id_of(phone: str) -> str:
    """The id of a lead that came without one: the same number is the same lead."""
    return str(uuid5(LEAD_NAMESPACE, phone))


def once_id(*about: object) -> UUID:
    """The id of a fact that can happen once, made of what it is about."""
    return uuid5(ONCE_NAMESPACE, "/".join(str(part) for part in about))


class Value(BaseModel):
    """A frozen part of a message. Unknown fields are ignored, so that a newer teller can be heard."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Disposition(StrEnum):
    """How the call itself went, whatever was said on it."""

    ANSWERED = "answered"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NOT_DIALED = "not_dialed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What the call achieved."""

    MEETING_BOOKED = "meeting_booked"
    CALLBACK_SCHEDULED = "callback_scheduled"
    DETAILS_REQUESTED = "details_requested"
    TRANSFERRED = "transferred"
    NOT_INTERESTED = "not_interested"
    OPTED_OUT = "opted_out"
    WRONG_PERSON = "wrong_person"
    GATEKEEPER = "gatekeeper"
    VOICEMAIL = "voicemail"
    HUNG_UP = "hung_up"
    NO_RESPONSE = "no_response"
    NOT_REACHED = "not_reached"
    REFUSED = "refused"
    FAILED = "failed"


class AnsweredBy(StrEnum):
    """Who or what picked up."""

    HUMAN = "human"
    MACHINE = "machine"
    SCREENING = "screening"
    FAX = "fax"
    UNKNOWN = "unknown"


class Speaker(StrEnum):
    """A side of the conversation."""

    AGENT = "agent"
    CALLER = "caller"


class Gender(StrEnum):
    """Grammatical gender, learned only from a person's own words."""

    FEMININE = "f"
    MASCULINE = "m"


class TimeWindow(Value):
    """From `start` up to, and without, `end`. An exact moment has `end` equal to `start`."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end < self.start:
            raise ValueError("a window ends before it starts; swap start and end")
        return self

    @property
    def exact(self) -> bool:
        return self.end == self.start

    def __contains__(self, moment: datetime) -> bool:
        return moment == self.start if self.exact else self.start <= moment < self.end


class Consent(Value):
    """The lead's permission to be called: on what basis, since when, and what proves it."""

    basis: str
    obtained_at: Instant
    evidence: str | None = None


class LeadFacts(Value):
    """What a conversation may know of the person it talks to."""

    name: str | None = None
    company: str | None = None
    business_type: str | None = None
    company_size: str | None = None
    current_challenges: str | None = None
    best_call_time: str | None = None
    """As somebody wrote it down."""
    email: str | None = None
    number_source: str | None = None


class Verdict(Value):
    """What one rule of the gate said of a lead, in words."""

    rule: str
    allowed: bool
    reason: str
    """In English: `contracts.reasons.read` tells what fills its gaps."""
    code: str | None = None
    """Which of `contracts.reasons.REASONS` it is; none in verdicts of earlier versions."""
    until: Instant | None = None
    """When a refusal that is only a matter of time will have passed."""


class MeetingFacts(Value):
    """A booked meeting as other services need it."""

    meeting_id: UUID
    slot_id: str
    start: Instant
    end: Instant
    time_zone: str = "Asia/Jerusalem"
    representative_id: str
    representative_name: str


class Evidence(Value):
    """A claim about the call and the turns of the conversation that prove it."""

    claim: str
    turns: tuple[int, ...]
    quote: str | None = None

"""What an agent can do in its turn. Every move is checked in code before it acts."""

from dataclasses import dataclass
from typing import Literal

from contracts.values import TimeWindow
from services.conversation.domain.consultation import Consultation


@dataclass(frozen=True)
class Say:
    """Speak one phrase. `asks` names the question in it; `last` is set when the agent knows nothing follows;
    `consultation` is the request to a model that ended with it."""

    text: str
    asks: str | None = None
    last: bool = False
    consultation: Consultation | None = None


@dataclass(frozen=True)
class OfferSlots:
    """Find and hold slots for a wish; the dialogue then knows them. With a meeting booked, to move that one."""

    wish: TimeWindow | None = None
    exclude: tuple[str, ...] = ()
    not_on: tuple[TimeWindow, ...] = ()


@dataclass(frozen=True)
class Book:
    """Book a slot that was offered in this call, or move the meeting that was booked to it."""

    slot_id: str


@dataclass(frozen=True)
class CancelMeeting:
    """Cancel the meeting that was booked in this call."""


@dataclass(frozen=True)
class ScheduleCallback:
    """Promise to call again."""

    window: TimeWindow
    quote: str | None = None


@dataclass(frozen=True)
class OptOut:
    """Never call again."""

    quote: str


@dataclass(frozen=True)
class SendDetails:
    """Promise written details."""

    address: str | None = None


@dataclass(frozen=True)
class Transfer:
    """Hand the caller to a person when everything said has been played, with what that person should know."""

    summary: str


@dataclass(frozen=True)
class Note:
    """Remember something the caller told: an answer, their gender, a refusal."""

    key: str
    value: str
    quote: str | None = None


@dataclass(frozen=True)
class HangUp:
    """End the call when everything said has been played."""

    reason: str


Deed = OfferSlots | Book | CancelMeeting | ScheduleCallback | OptOut | SendDetails | Transfer
"""What changes the world, and is known before anybody speaks of it."""

Act = Deed | Note
Move = Say | Act | HangUp

ActName = Literal["offer_slots", "book", "cancel", "schedule_callback", "opt_out", "send_details", "transfer", "note"]

_NAMES: dict[type, ActName] = {
    OfferSlots: "offer_slots",
    Book: "book",
    CancelMeeting: "cancel",
    ScheduleCallback: "schedule_callback",
    OptOut: "opt_out",
    SendDetails: "send_details",
    Transfer: "transfer",
    Note: "note",
}


def name_of(act: Act) -> ActName:
    """The word by which an act travels in `calls.*.acted`."""
    return _NAMES[type(act)]

"""What the dialer's edges and its core know of each other: a carrier that places calls, and the desk that keeps
the one attempt of each call."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from contracts.values import AnsweredBy, Disposition, PhoneNumber
from services.runtime.errors import Failure, Unavailable


class CarrierStatus(StrEnum):
    """A call at the carrier, in the order of its life; the last five are terminal and sticky."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def terminal(self) -> bool:
        return self in _DISPOSITIONS

    @property
    def disposition(self) -> Disposition:
        return _DISPOSITIONS[self]


_DISPOSITIONS = {
    CarrierStatus.COMPLETED: Disposition.ANSWERED,
    CarrierStatus.BUSY: Disposition.BUSY,
    CarrierStatus.NO_ANSWER: Disposition.NO_ANSWER,
    CarrierStatus.FAILED: Disposition.FAILED,
    CarrierStatus.CANCELED: Disposition.CANCELLED,
}


@dataclass(frozen=True)
class OutboundCall:
    """What a carrier needs to place one call."""

    call_id: UUID
    to: PhoneNumber
    from_number: PhoneNumber
    ring_timeout_s: int
    max_duration_s: int
    record: bool = False


@dataclass(frozen=True)
class CarrierCall:
    """A call as the carrier's REST API shows it."""

    carrier_call_id: str
    status: CarrierStatus
    to: str
    duration_s: float = 0.0
    answered_by: AnsweredBy | None = None


@dataclass(frozen=True)
class StatusReport:
    """One status callback. Reports of one call are applied once each and never backwards."""

    carrier_call_id: str
    status: CarrierStatus
    sequence: int | None = None
    duration_s: float | None = None
    answered_by: AnsweredBy | None = None
    error: str | None = None


class NumberRejected(Failure):
    """The carrier says the number cannot be dialed; never try it again."""

    status = 409
    slug = "number-rejected"


class CarrierMisconfigured(Failure):
    """The account cannot place this call until a person mends its configuration."""

    status = 409
    slug = "carrier-misconfigured"


class CarrierThrottled(Unavailable):
    """The carrier did not process the request and says so; it is safe to ask again later."""

    slug = "carrier-throttled"


class SubmissionUnknown(Unavailable):
    """The request may or may not have been processed; it must never be repeated, only looked up."""

    slug = "submission-unknown"


class Carrier(Protocol):
    """Places, inspects and ends calls. Creating a call is not idempotent: ask once, whatever happens."""

    name: str
    simulated: bool
    """True when the API's host resolves to a loopback or private address."""

    async def place(self, call: OutboundCall) -> str:
        """Ask for the call and return the carrier's id of it.

        Raises NumberRejected, CarrierMisconfigured, CarrierThrottled, or SubmissionUnknown when no answer came.
        """

    async def inspect(self, carrier_call_id: str) -> CarrierCall | None:
        """The call as the carrier knows it, or None. Raises Unavailable."""

    async def find(self, to: PhoneNumber, since: datetime) -> list[CarrierCall]:
        """Calls to a number placed since a real (not pinned) moment, newest first. Raises Unavailable."""

    async def end(self, carrier_call_id: str) -> None:
        """Hang up, or cancel if it still rings. A call that is already over is no error. Raises Unavailable."""

    async def close(self) -> None: ...


class AttemptDesk(Protocol):
    """What the wire tells about attempts. Every method is idempotent."""

    async def is_live(self, call_id: UUID) -> bool:
        """Whether the call was submitted and has not ended: may the carrier speak for it?"""

    async def line_opened(self, call_id: UUID, carrier_call_id: str) -> str | None:
        """The carrier connected a line. Returns the lead's id, or None if this call may not be spoken on."""

    async def report(self, call_id: UUID, report: StatusReport) -> None:
        """A status callback arrived, or an `action` that carries a terminal status."""

    async def answered_by(self, call_id: UUID, answered_by: AnsweredBy) -> None:
        """The carrier's verdict on who picked up."""

    async def hang_up(self, call_id: UUID, reason: str) -> None:
        """End the call at the carrier."""

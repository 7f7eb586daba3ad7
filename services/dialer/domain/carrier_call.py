"""A call as its carrier tells of it."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.values import AnsweredBy, Disposition


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
    def rank(self) -> int:
        """How far the call has come; every terminal status is equally far."""
        return len(CarrierStatus) if self.terminal else list(CarrierStatus).index(self)

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
    no_such_number: bool = False
    """Whether it failed because nobody has that number."""

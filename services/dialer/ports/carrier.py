"""A carrier that places calls, and the desk that hears what becomes of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.values import AnsweredBy, PhoneNumber
from services.dialer.domain.carrier_call import CarrierCall, StatusReport
from services.runtime.errors import Failure, Unavailable


@dataclass(frozen=True)
class OutboundCall:
    """What a carrier needs to place one call."""

    call_id: UUID
    to: PhoneNumber
    from_number: PhoneNumber
    ring_timeout_s: int
    max_duration_s: int
    record: bool = False


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

    async def recordings(self, carrier_call_id: str) -> list[str]:
        """Ids of the recordings that the carrier keeps of a call; none of one that it does not know. Raises
        Unavailable."""

    async def delete_recording(self, recording_id: str, url: str | None = None) -> bool:
        """Delete a recording for good; `url` is where it was said to lie. False if it was gone. Raises Unavailable
        while the carrier does not do it, Refused if it lies where we cannot delete it."""

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

    async def recorded(self, call_id: UUID, recording_id: str, url: str, duration_s: float | None) -> None:
        """A recording of the call can be fetched at the carrier, with the account's credentials."""

    async def hang_up(self, call_id: UUID, reason: str) -> None:
        """End the call at the carrier."""

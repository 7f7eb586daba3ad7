"""Everything that can be asked of the scheduler about meetings, whoever asks: over the broker or over HTTP."""

from collections.abc import Sequence

from services.runtime.clock import Clock
from services.scheduler.booking import Booking
from services.scheduler.changing import Changing
from services.scheduler.holding import Holding
from services.scheduler.offering import Offering
from services.scheduler.ports import Follower, Ledger


class BookingDesk:
    """One method a request. A refusal is a reply; Unavailable is raised if the store does not answer."""

    def __init__(
        self,
        ledger: Ledger,
        offering: Offering,
        clock: Clock,
        max_call_s: float,
        followers: Sequence[Follower] = (),
    ) -> None:
        """`followers` act within the transaction of every meeting booked, moved or cancelled."""
        holding = Holding(ledger, offering, clock, max_call_s)
        booking = Booking(ledger, offering, holding, clock, followers)
        changing = Changing(ledger, offering, holding, clock, followers)
        self.offer = holding.offer
        self.book = booking.book
        self.reschedule = changing.reschedule
        self.cancel = changing.cancel

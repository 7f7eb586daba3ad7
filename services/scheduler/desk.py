"""Everything that can be asked of the scheduler about meetings, whoever asks: over the broker or over HTTP."""

from collections.abc import Sequence

from services.runtime.clock import Clock
from services.scheduler.booking import Booking
from services.scheduler.changing import Changing
from services.scheduler.enquiries import Enquiries
from services.scheduler.holding import Holding
from services.scheduler.outside import Outside
from services.scheduler.ports import Follower, FreeBusy, Ledger
from services.scheduler.roster import Roster


class BookingDesk:
    """One method a request. A refusal is a reply; Unavailable is raised if the store does not answer."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        clock: Clock,
        max_call_s: float,
        followers: Sequence[Follower] = (),
        free_busy: FreeBusy | None = None,
    ) -> None:
        """`followers` act within the transaction of every meeting booked, moved or cancelled. `free_busy` reads
        people's own calendars; None where nobody has one."""
        outside = Outside(roster, free_busy, clock)
        enquiries = Enquiries(ledger, roster, outside, clock)
        holding = Holding(ledger, roster, outside, clock, max_call_s)
        booking = Booking(ledger, roster, outside, holding, enquiries, clock, followers)
        changing = Changing(ledger, roster, outside, holding, enquiries, clock, followers)
        self.find_slots = enquiries.find_slots
        self.list_meetings = enquiries.list_meetings
        self.page = enquiries.page
        self.offer = holding.offer
        self.book = booking.book
        self.book_by_hand = booking.by_hand
        self.reschedule = changing.reschedule
        self.cancel = changing.cancel

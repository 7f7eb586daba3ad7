"""Who gets the next call when several campaigns want one: what was promised to a person first, then whoever has the
fewest calls under way."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from services.dialer.domain.campaign import Campaign
from services.dialer.domain.lead import Lead


@dataclass
class Lane:
    """The leads of one campaign, or of none, whose time has come: callbacks first, then by their time."""

    campaign: Campaign | None
    leads: deque[Lead]
    live: int = 0
    """Calls under way, with those given to it since."""
    room: int = 0
    """How many more calls its own cap allows."""
    pace: int = 0
    """How many more calls its own pace allows now. A callback was promised to the minute, and does not wait for it."""
    given: int = 0

    @property
    def callback_is_next(self) -> bool:
        return bool(self.leads) and self.leads[0].callback_id is not None

    @property
    def wants_a_call(self) -> bool:
        return bool(self.leads) and self.room > 0 and (self.pace > 0 or self.callback_is_next)

    def take(self) -> Lead:
        """The next lead of the lane. What it costs is counted by `called`, once the gate has agreed."""
        return self.leads.popleft()

    def called(self, lead: Lead) -> None:
        self.given += 1
        self.live += 1
        self.room -= 1
        if lead.callback_id is None:
            self.pace -= 1


def next_lane(lanes: Iterable[Lane]) -> Lane | None:
    """Whose turn it is, or None if nobody wants a call."""
    wanting = [lane for lane in lanes if lane.wants_a_call]
    return min(wanting, key=lambda lane: (not lane.callback_is_next, lane.live), default=None)

"""How fast calls are placed: so many a second for the whole account, and ever slower while the carrier is busy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

PAUSE = timedelta(seconds=60)
"""How long nobody is dialed after the carrier said that its account is misconfigured; then one call tries."""
LONGEST_BACKOFF_S = 30.0


@dataclass(frozen=True)
class Pace:
    """The account's pace and its breaker, shared by all replicas. Moments are real ones."""

    next_free: datetime
    trouble: str | None = None
    """Why nobody is dialed, with the cure; None while all is well."""
    retry_at: datetime | None = None

    def paused(self, now: datetime) -> str | None:
        """Why nobody may be dialed at this moment, or None."""
        return self.trouble if self.retry_at is not None and now < self.retry_at else None

    def take(self, now: datetime, per_second: float) -> tuple["Pace", datetime]:
        """Take the next moment at which a call may be placed."""
        mine = max(self.next_free, now)
        return Pace(mine + timedelta(seconds=1 / per_second), self.trouble, self.retry_at), mine

    def probing(self, now: datetime) -> "Pace":
        """One call is about to try whether the trouble is over; the others wait as long again."""
        return self if self.trouble is None else Pace(self.next_free, self.trouble, now + PAUSE)

    def broken(self, trouble: str, now: datetime) -> "Pace":
        """The carrier refuses every call until a person mends something."""
        return Pace(self.next_free, trouble, now + PAUSE)

    def mended(self) -> "Pace":
        return Pace(self.next_free)


def backoff_s(times: int, jitter: float) -> float:
    """How long to wait after the carrier was too busy `times` times in a row; `jitter` is from 0 to 1."""
    return float(min(LONGEST_BACKOFF_S, 2.0 ** min(times, 10)) * (0.5 + jitter / 2))

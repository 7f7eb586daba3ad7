"""How fast calls are placed: so many a second for the whole account, and ever slower while the carrier is busy."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.reasons import said
from services.dialer.domain.breaker import KEPT

PAUSE = timedelta(seconds=60)
"""How long nobody is dialed after the carrier said that its account is misconfigured; then one call tries."""
UNANSWERED_LIMIT = 8
"""So many requests in a row without an answer are no accident."""
LONGEST_BACKOFF_S = 30.0


@dataclass(frozen=True)
class Pace:
    """The account's pace and its breaker, shared by all replicas. Moments are real ones."""

    next_free: datetime
    trouble: str | None = None
    """Why nobody is dialed, with the cure; None while all is well."""
    retry_at: datetime | None = None
    failures: tuple[str, ...] = ()
    """What the carrier did not take, or did not answer, since it last took a call; newest last."""

    def paused(self, now: datetime) -> str | None:
        """Why nobody may be dialed at this moment, or None."""
        return self.trouble if self.retry_at is not None and now < self.retry_at else None

    def take(self, now: datetime, per_second: float) -> tuple["Pace", datetime]:
        """Take the next moment at which a call may be placed."""
        mine = max(self.next_free, now)
        return replace(self, next_free=mine + timedelta(seconds=1 / per_second)), mine

    def probing(self, now: datetime) -> "Pace":
        """One call is about to try whether the trouble is over; the others wait as long again."""
        return self if self.trouble is None else replace(self, retry_at=now + PAUSE)

    def broken(self, trouble: str, now: datetime) -> "Pace":
        """The carrier refuses every call until a person mends something."""
        return replace(self._after(trouble), trouble=trouble, retry_at=now + PAUSE)

    def unanswered(self, what: str, now: datetime) -> "Pace":
        """The carrier did not say whether it took a call. After some in a row nobody is dialed for a while, since
        nobody knows what becomes of those calls."""
        after = self._after(what)
        if len(after.failures) < UNANSWERED_LIMIT:
            return after
        trouble = said("carrier_silent", requests=len(after.failures))
        return replace(after, trouble=trouble, retry_at=now + PAUSE)

    def mended(self) -> "Pace":
        """The carrier has taken a call."""
        return Pace(self.next_free)

    def _after(self, failure: str) -> "Pace":
        return replace(self, failures=(*self.failures, failure)[-KEPT:])


def backoff_s(times: int, jitter: float) -> float:
    """How long to wait after the carrier was too busy `times` times in a row; `jitter` is from 0 to 1."""
    return float(min(LONGEST_BACKOFF_S, 2.0 ** min(times, 10)) * (0.5 + jitter / 2))

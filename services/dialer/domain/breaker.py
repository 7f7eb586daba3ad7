"""A circuit breaker: too many failures in a row open it, for ever longer; then one call at a time tries.

It keeps the failures that opened it, so that whoever reads why nobody is dialed also reads what happened.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

LIMIT = 5
"""So many failures in a row are no accident."""
PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=1)
KEPT = 20
"""How many failures are kept."""


@dataclass(frozen=True)
class Breaker:
    """Failures since the last success, newest last. Moments are real ones."""

    failures: tuple[str, ...] = ()
    retry_at: datetime | None = None
    """When one may try again, after the failures have opened it."""

    @property
    def tripped(self) -> bool:
        """Whether the next one is only a try."""
        return len(self.failures) >= LIMIT

    @property
    def in_words(self) -> str:
        """What happened, each different thing once, with how often."""
        counted = {each: self.failures.count(each) for each in self.failures}
        return "; ".join(f"{each} (x{times})" if times > 1 else each for each, times in counted.items())

    def failed(self, what: str, real_now: datetime) -> "Breaker":
        """One more failure in a row; each beyond the limit closes the door for twice as long."""
        failures = (*self.failures, what)[-KEPT:]
        if len(failures) < LIMIT:
            return Breaker(failures)
        pause: timedelta = min(PAUSE * 2 ** (len(failures) - LIMIT), LONGEST_PAUSE)
        return Breaker(failures, real_now + pause)

    def waits(self, real_now: datetime) -> bool:
        """Whether it is too early even to try."""
        return self.retry_at is not None and real_now < self.retry_at

"""How long to wait before trying again what somebody else did not take."""

from dataclasses import dataclass
from datetime import timedelta

_MOST_TIMES = 20
"""However often something is tried: numbers stay numbers."""


@dataclass(frozen=True)
class Backoff:
    """`first`, then `factor` times as long each time, `longest` at most; moved by up to `jitter` of it, so that what
    failed together does not come back together."""

    first: timedelta
    longest: timedelta
    factor: int = 2
    jitter: float = 0.0

    def after(self, attempts: int, chance: float = 0.0) -> timedelta:
        """How long to wait after the `attempts`-th attempt; `chance` from -1 to 1 moves it.

        >>> mails = Backoff(timedelta(minutes=1), timedelta(hours=1))
        >>> [int(mails.after(n).total_seconds() / 60) for n in (1, 2, 3, 7, 8)]
        [1, 2, 4, 60, 60]
        >>> news = Backoff(timedelta(seconds=5), timedelta(hours=3), factor=3, jitter=0.2)
        >>> [int(news.after(n).total_seconds()) for n in (1, 2, 3, 7, 8, 30)]
        [5, 15, 45, 3645, 10800, 10800]
        >>> int(news.after(30, -1).total_seconds())
        8640
        """
        delay: timedelta = min(self.longest, self.first * self.factor ** min(attempts - 1, _MOST_TIMES))
        return delay * (1 + self.jitter * chance)

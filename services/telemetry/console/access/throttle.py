"""Slows down guessing of passwords: after some wrong ones, a name or an address has to wait.

Each process counts for itself; what it forgets with a restart, a guesser gains little from.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

FREE = 5
"""How many wrong passwords cost nothing."""
LONGEST_S = 900.0
FORGOTTEN_S = 3600.0
MOST_KEPT = 10_000


class Throttle:
    """Counts failures by whatever they have in common."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        """How many, and when the last was."""

    def wait_s(self, keys: Sequence[str]) -> float:
        """How long nobody may try who has one of these in common; 0 if they may at once."""
        return max(map(self._wait_s, keys), default=0.0)

    def failed(self, keys: Sequence[str]) -> None:
        """Another failure."""
        for key in keys:
            self._failures[key] = (self._count(key) + 1, self._now())
            self._failures.move_to_end(key)
        while len(self._failures) > MOST_KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, keys: Sequence[str]) -> None:
        """Their failures are forgiven."""
        for key in keys:
            self._failures.pop(key, None)

    def _count(self, key: str) -> int:
        count, at = self._failures.get(key, (0, 0.0))
        return count if self._now() - at < FORGOTTEN_S else 0

    def _wait_s(self, key: str) -> float:
        over = self._count(key) - FREE
        if over < 0:
            return 0.0
        penalty = min(5.0 * 2.0 ** min(over, 16), LONGEST_S)
        return max(self._failures[key][1] + penalty - self._now(), 0.0)

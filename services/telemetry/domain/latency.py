"""How long callers wait, over many calls: a histogram whose steps are 2 %, which any database can count.

A percentile read off it is right to one per cent; the single waits stay in the records.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from contracts.values import Value

_STEP = math.log(1.02)
_SMALLEST_MS = 0.1


class Percentiles(Value):
    """Waits for our first word in milliseconds, over all measured turns. None where nothing was measured."""

    turns: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


def step_of(wait_ms: float) -> int:
    """The step of the histogram that a wait belongs to."""
    return max(round(math.log(max(wait_ms, _SMALLEST_MS) / _SMALLEST_MS) / _STEP), 0)


def wait_of(step: int) -> float:
    """The wait in milliseconds that stands for a step."""
    return _SMALLEST_MS * math.exp(step * _STEP)


def histogram(waits_ms: Iterable[float]) -> dict[int, int]:
    """How many waits fall on each step."""
    return dict(sorted(Counter(map(step_of, waits_ms)).items()))


def percentiles(counted: Mapping[int, int]) -> Percentiles:
    """p50, p95 and p99 of a histogram, by the nearest rank."""
    turns = sum(counted.values())
    found = {share: _at(counted, math.ceil(turns * share / 100)) for share in (50, 95, 99)} if turns else {}
    return Percentiles(turns=turns, p50=found.get(50), p95=found.get(95), p99=found.get(99))


def _at(counted: Mapping[int, int], rank: int) -> float:
    seen = 0
    for step in sorted(counted):
        seen += counted[step]
        if seen >= rank:
            break
    return round(wait_of(step), 1)

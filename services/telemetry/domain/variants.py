"""How often calls of a kind led to a meeting, and how sure that is: Wilson's interval, which holds for few calls too.

Two variants differ when Newcombe's interval of the difference of their rates leaves zero out.
"""

import math
from collections.abc import Iterable, Sequence

from contracts.telemetry import Stage
from contracts.values import Value
from services.telemetry.domain.funnel import STAGES, depth

Z_95 = 1.959963984540054


class Rate(Value):
    """A share of 0 to 1 with its 95 % interval."""

    rate: float
    low: float
    high: float


class Difference(Value):
    """How much one rate is above another, with its 95 % interval."""

    difference: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether chance alone is an unlikely explanation."""
        return self.low > 0 or self.high < 0


class Conversion(Value):
    """Calls of one kind and how far they came. `booked_rate` is of those that a human answered."""

    key: str | None
    """The kind: a campaign, an hour of the day...; None for calls that have none."""
    calls: int
    dialed: int
    answered: int
    pitched: int
    qualified: int
    booked: int
    booked_rate: Rate | None = None


class Variant(Conversion):
    """A variant of a playbook, beside the best other one of the same playbook."""

    playbook: str | None
    against: str | None = None
    difference: Difference | None = None
    certain: bool = False
    """Whether the difference is more than chance, at 95 %."""


def wilson(hits: int, trials: int) -> Rate | None:
    """The share of hits and its 95 % interval; None without trials."""
    if not trials:
        return None
    share = hits / trials
    shrink = 1 + Z_95**2 / trials
    middle = (share + Z_95**2 / (2 * trials)) / shrink
    half = Z_95 * math.sqrt(share * (1 - share) / trials + Z_95**2 / (4 * trials**2)) / shrink
    return Rate(rate=round(share, 4), low=round(max(middle - half, 0), 4), high=round(min(middle + half, 1), 4))


def difference(ours: Rate, theirs: Rate) -> Difference:
    """Newcombe's interval of the difference, from both Wilson intervals."""
    below = math.hypot(ours.rate - ours.low, theirs.high - theirs.rate)
    above = math.hypot(ours.high - ours.rate, theirs.rate - theirs.low)
    apart = ours.rate - theirs.rate
    return Difference(difference=round(apart, 4), low=round(apart - below, 4), high=round(apart + above, 4))


def conversion(key: str | None, furthest: Sequence[int]) -> Conversion:
    """Calls of one kind, from how many had each stage, in order, as their furthest."""
    return Conversion(key=key, **_reached(furthest))


def variants(found: Iterable[tuple[str | None, str | None, Sequence[int]]]) -> tuple[Variant, ...]:
    """Each variant of each playbook, from (playbook, variant, calls by furthest stage), beside its rivals."""
    plain = [Variant(key=variant, playbook=playbook, **_reached(furthest)) for playbook, variant, furthest in found]
    return tuple(_compared(each, [o for o in plain if o.playbook == each.playbook and o is not each]) for each in plain)


def _compared(variant: Variant, others: Sequence[Variant]) -> Variant:
    rated = [(other.booked_rate, other) for other in others if other.booked_rate]
    if variant.booked_rate is None or not rated:
        return variant
    rate, best = max(rated, key=lambda other: other[0].rate)
    apart = difference(variant.booked_rate, rate)
    return variant.model_copy(update={"against": best.key, "difference": apart, "certain": apart.is_certain})


def _reached(furthest: Sequence[int]) -> dict[str, object]:
    reached = [sum(furthest[place:]) for place in range(len(STAGES))]
    answered, booked = reached[depth(Stage.ANSWERED)], reached[depth(Stage.BOOKED)]
    counts: dict[str, object] = {stage.value: reached[depth(stage)] for stage in STAGES[1:]}
    return counts | {"calls": reached[0], "booked_rate": wilson(booked, answered)}

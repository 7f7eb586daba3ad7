"""Finds the weights of least cost by their slope, in few steps: L-BFGS, which learns the curvature on its way."""

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Cost = Callable[[Floats], tuple[float, Floats]]
"""What weights cost, and its slope."""

_STEPS = 120
_REMEMBERED = 8
"""So many steps tell the curvature."""
_ENOUGH = 1e-4
"""How much of what the slope promises a step has to bring."""
_SHORTEST = 1e-4


def descend(cost: Cost, weights: Floats) -> Floats:
    """The weights after the descent from `weights`."""
    steps: deque[tuple[Floats, Floats, float]] = deque(maxlen=_REMEMBERED)
    price, slope = cost(weights)
    length = 1.0 / max(float(np.abs(slope).max()), 1e-12)
    for _ in range(_STEPS):
        direction = _against(slope, steps)
        promise = float(np.vdot(slope, direction))
        while True:
            step = np.float32(length) * direction
            lower, then = cost(weights + step)
            if lower <= price + _ENOUGH * length * promise or length < _SHORTEST:
                break
            length /= 2
        if lower >= price:
            break
        bend = then - slope
        agreement = float(np.vdot(step, bend))
        if agreement > 0:
            steps.append((step, bend, agreement))
        weights, price, slope, length = weights + step, lower, then, 1.0
    return weights


def _against(slope: Floats, steps: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The way down: against the slope, as the steps so far bend it."""
    direction = -slope
    shares = []
    for step, bend, agreement in reversed(steps):
        share = np.float32(float(np.vdot(step, direction)) / agreement)
        direction = direction - share * bend
        shares.append(share)
    if steps:
        _, bend, agreement = steps[-1]
        direction *= np.float32(agreement / float(np.vdot(bend, bend)))
    for (step, bend, agreement), share in zip(steps, reversed(shares), strict=True):
        direction += (share - np.float32(float(np.vdot(bend, direction)) / agreement)) * step
    return direction

"""A time a caller named: exact, or a window."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Moment:
    """Aware, in the caller's zone. `end` equals `start` for an exact time and is exclusive for a window."""

    start: datetime
    end: datetime

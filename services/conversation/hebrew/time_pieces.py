"""What a time phrase is put together from."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from services.conversation.hebrew.durations import Duration
from services.conversation.hebrew.time_words import DayPart


class Kind(Enum):
    """What a piece tells."""

    DAY = auto()
    """Today, tomorrow, or a date."""
    WEEKDAY = auto()
    SPAN = auto()
    """A week, a month, or an edge of one."""
    PART = auto()
    CLOCK = auto()
    OFFSET = auto()
    """A length of time from now."""
    SATURDAY_NIGHT = auto()
    """מוצאי שבת: from dusk on."""
    PAST = auto()
    """Yesterday, last Tuesday: what is beside it is no wish."""
    NOTHING = auto()
    """Words that look like a time and tell none."""


SINGLE_DAYS = frozenset((Kind.DAY, Kind.WEEKDAY))
DAYS = SINGLE_DAYS | {Kind.SPAN}
"""What tells which day it is."""


class Limit(Enum):
    """How a piece bounds the time."""

    NONE = auto()
    FROM = auto()
    """מרביעי, לא לפני רביעי: that or later."""
    AFTER = auto()
    UNTIL = auto()
    """עד חמישי: that is still in."""
    BEFORE = auto()
    WITHIN = auto()
    """תוך שעה."""


@dataclass
class Piece:
    """One piece of a time phrase, and which words it was."""

    kind: Kind
    start: int
    end: int
    days: tuple[date, date] | None = None
    """First day and the day after the last."""
    weekday: int = -1
    following: bool = False
    """Whether the one of next week is meant (הבא)."""
    skips: bool = False
    """Whether the one after the next is meant: שלישי לא הקרוב זה שאחריו."""
    this: bool = False
    whole: bool = False
    """כל היום: today, unless another day was named."""
    part: DayPart | None = None
    hour: int = -1
    minute: int = 0
    duration: Duration | None = None
    limit: Limit = Limit.NONE
    negated: bool = False
    prefix: str = ""
    alternative: bool = False
    """Whether it was said with an "or"."""
    instead: bool = False
    """Whether it was said to put another right: באחת, בעצם שתיים."""
    today: bool = False
    """A part of today: הערב."""
    midnight: bool = False
    same_hour: bool = False
    """The hour it is now: באותה שעה."""
    edge: bool = False
    """Whether a span is only a part of a week."""
    festival: bool = False
    """Whether a span is a holiday, so that there is a day after it: ביום העצמאות אנחנו סגורים, למחרת."""
    vague: bool = False
    """Whether it only tells where to look for a day that is named too: אחרי החגים, ביום ראשון."""

    def copy(self) -> "Piece":
        """One of its own for somebody who changes it."""
        copied = object.__new__(Piece)
        copied.__dict__ = self.__dict__.copy()
        return copied

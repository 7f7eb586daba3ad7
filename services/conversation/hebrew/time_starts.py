"""Which words can begin a piece of a time phrase, and by which rule: most begin none, so that none need look at them."""

from collections.abc import Callable, Mapping, Set
from functools import lru_cache

from services.conversation.hebrew import (
    durations,
    festivals,
    time_dates,
    time_following,
    time_hours,
    time_offsets,
    time_parts,
    time_weekdays,
    time_weeks,
)
from services.conversation.hebrew.glued import readings
from services.conversation.hebrew.numerals import number_at
from services.conversation.hebrew.time_pieces import Piece

Rule = Callable[..., Piece | None]

_STARTS: Mapping[Rule, Set[str]] = {
    time_offsets.offset: time_offsets.STARTS | durations.STARTS,
    time_parts.part: time_parts.STARTS,
    time_following.one_after: time_following.STARTS | durations.STARTS,
    festivals.festival: festivals.STARTS | durations.STARTS,
    time_weekdays.vague: time_weekdays.AROUND_STARTS,
    time_weekdays.saturday_night: time_weekdays.NIGHT_STARTS,
    time_weekdays.near_day: time_weekdays.NEAR_STARTS,
    time_weeks.coming_days: time_weeks.COMING_STARTS,
    time_weeks.span: time_weeks.SPAN_STARTS,
    time_dates.dated: time_dates.STARTS,
    time_weekdays.weekday: time_weekdays.WEEKDAY_STARTS,
    time_hours.clock: time_hours.STARTS | durations.STARTS,
}
ALL = frozenset(_STARTS)
_OF_NUMBERS: frozenset[Rule] = frozenset(
    (time_offsets.offset, time_following.one_after, festivals.festival, time_dates.dated, time_hours.clock)
)
"""The rules whose pieces may begin with a number."""


@lru_cache(maxsize=8192)
def rules_for(word: str) -> frozenset[Rule]:
    """The rules that may find a piece which begins with a folded word, whatever stands beside it."""
    bare = {word, word[1:], *(rest for _, rest in readings(word))}
    bare -= {each for each in bare if len(each) < 2 and each != word}  # no letter is glued to a letter
    found = {rule for rule, starts in _STARTS.items() if not bare.isdisjoint(starts)}
    return _OF_NUMBERS.union(found) if _is_number(word) else frozenset(found)


def _is_number(word: str) -> bool:
    about = word.removeprefix("ב").removeprefix("ה")  # בכחמש דקות
    return word[:1].isdigit() or number_at((word,), 0) is not None or number_at((about,), 0) is not None

"""Words of a time phrase as they stand in an utterance: in their place, with letters glued to their front."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from services.conversation.hebrew.time_words import PREFIXES

Value = TypeVar("Value")


def at(words: Sequence[str], index: int) -> str:
    """The word at an index, or nothing beyond the ends."""
    return words[index] if 0 <= index < len(words) else ""


def look_up(folded: str, table: Mapping[str, Value]) -> tuple[Value, str] | None:
    """What a word is in a table, and the letters glued to its front."""
    for prefix, rest in readings(folded):
        if rest in table:
            return table[rest], prefix
    return None


def has(folded: str, table: Iterable[str]) -> bool:
    """Whether a word is among others, with or without letters glued to its front."""
    return not _bare(folded).isdisjoint(table)


@lru_cache(maxsize=4096)
def readings(folded: str) -> tuple[tuple[str, str], ...]:
    """The letters that may be glued to the front of a word, and what each leaves of it."""
    return tuple((prefix, folded[len(prefix) :]) for prefix in PREFIXES if folded.startswith(prefix))


@lru_cache(maxsize=4096)
def _bare(folded: str) -> frozenset[str]:
    """What a word is with or without letters glued to its front."""
    return frozenset(rest for _, rest in readings(folded))


def prefix_of(word: str, bare: str) -> str:
    """The letters glued to the front of a word that is `bare` without them."""
    return word.partition(bare[0])[0]

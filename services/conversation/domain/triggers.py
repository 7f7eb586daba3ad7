"""Finds a playbook's own phrases in what a caller said."""

import re
from functools import lru_cache

from services.conversation.hebrew.words import fold, plain

_GLUED = "[ובהלמשכ]{0,2}"
"""Letters that Hebrew writes in front of words: and, in, the, to, from, that, as."""


def mentions(said: str, phrase: str) -> bool:
    """Whether the phrase is in what was said, whatever letters are glued to its words: רואה החשבון is רואה חשבון."""
    return _pattern(phrase).search(_folded(said)) is not None


@lru_cache(maxsize=2000)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = rf" {_GLUED}".join(map(re.escape, _folded(phrase).split()))
    return re.compile(rf"(?<!\w){_GLUED}{words}(?!\w)")


def _folded(text: str) -> str:
    return " ".join(fold(word) for word in re.findall(r"[\w'\"-]+", plain(text)))

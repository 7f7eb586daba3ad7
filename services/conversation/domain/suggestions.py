"""What somebody who misspelt a word may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

from contracts.reasons import said


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """A suggestion: the nearest known word, or all of them in the sentence whose code is `otherwise`."""
    choices = list(known)
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    return said("near_word", word=near[0]) if near else said(otherwise, words=", ".join(choices))

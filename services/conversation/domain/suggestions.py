"""What somebody who misspelt a word may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """A suggestion: the nearest known word, or all of them after the words of `otherwise`."""
    choices = list(known)
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else f"{otherwise} {', '.join(choices)}"

"""What of an utterance counts as a clue to its meaning: each word, its classes and letters, its neighbour, its place."""

from collections.abc import Iterator

from services.conversation.hebrew.forms import COMPUTED
from services.conversation.hebrew.phrasebook import Utterance

_LETTERS = (3, 4)
"""Lengths of the runs of letters: what words of one root share."""
_LONG = 6
"""From so many words on, all lengths are alike."""


def of_word(folded: str, tags: frozenset[str]) -> Iterator[str]:
    """The clues in one word."""
    yield from _classes(tags)
    bounded = f"<{folded}>"
    for size in _LETTERS:
        for start in range(len(bounded) - size + 1):
            yield "." + bounded[start : start + size]


def of_neighbours(first: frozenset[str], second: frozenset[str]) -> Iterator[str]:
    """The clues in one word's standing before another."""
    followers = list(_classes(second))
    for each in _classes(first):
        for follower in followers:
            yield f"{each}_{follower}"


def of_beginning(tags: frozenset[str]) -> Iterator[str]:
    """The clues in an utterance's beginning with a word."""
    return ("^" + each for each in _classes(tags))


def of_end(tags: frozenset[str]) -> Iterator[str]:
    """The clues in an utterance's ending with a word."""
    return ("$" + each for each in _classes(tags))


def of_length(words: int) -> Iterator[str]:
    """The clue in the number of words."""
    yield f"#{min(words, _LONG)}"


def clues(said: Utterance) -> Iterator[str]:
    """All of them, each as often as it is there."""
    yield from of_length(len(said.words))
    for word, tags in zip(said.words, said.tags, strict=True):
        yield from of_word(word.folded, tags)
    for first, second in zip(said.tags, said.tags[1:], strict=False):
        yield from of_neighbours(first, second)
    if said.tags:
        yield from of_beginning(said.tags[0])
        yield from of_end(said.tags[-1])


def _classes(tags: frozenset[str]) -> Iterator[str]:
    return (tag for tag in tags if tag not in COMPUTED and not tag.startswith("ב{"))

"""What of an utterance counts as a clue to its meaning: each word, its classes, letters and sound, its neighbours, its
place.

By its sound a word is what recognisers and hurried writers make of it: תמכקו and תמחקו, תורידותי and תורידו אותי share
clues, and what was learned of one tells of the other.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from services.conversation.hebrew.forms import COMPUTED
from services.conversation.hebrew.phrasebook import Utterance

_LETTERS = (3, 4)
"""Lengths of the runs of letters: what words of one root share."""
_SOUNDS = str.maketrans("טקחשצזךםןץף", "תככסססכמנספ", "אהע")
"""Letters that are heard alike are one, those that are not heard are none."""
_LONG = 6
"""From so many words on, all lengths are alike."""


def of_word(folded: str, tags: frozenset[str]) -> Iterator[str]:
    """The clues in one word."""
    yield from _classes(tags)
    bounded = f"<{folded}>"
    for size in _LETTERS:
        for start in range(len(bounded) - size + 1):
            yield "." + bounded[start : start + size]
    sound = _sound(folded)
    for size in _LETTERS:
        for start in range(len(sound) - size + 1):
            yield "=" + sound[start : start + size]


def of_neighbours(first: str, second: str, tags: frozenset[str], then: frozenset[str]) -> Iterator[str]:
    """The clues in one word's standing before another, of `tags` and `then`: their classes, and how they sound together."""
    yield from _pairs(tags, then, "_")
    before, after = _sound(first), _sound(second)
    if before[-1:] == after[:1]:
        after = after[1:]
    for size in _LETTERS:
        for taken in range(1, size):
            if taken <= len(before) and size - taken <= len(after):
                yield "=" + before[len(before) - taken :] + after[: size - taken]


def of_next_but_one(tags: frozenset[str], then: frozenset[str]) -> Iterator[str]:
    """The clues in one word's standing before another with any word between them."""
    return _pairs(tags, then, "__")


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
    folded = [word.folded for word in said.words]
    for neighbours in zip(folded, folded[1:], said.tags, said.tags[1:], strict=False):
        yield from of_neighbours(*neighbours)
    for first, third in zip(said.tags, said.tags[2:], strict=False):
        yield from of_next_but_one(first, third)
    if said.tags:
        yield from of_beginning(said.tags[0])
        yield from of_end(said.tags[-1])


@lru_cache(maxsize=16384)
def _sound(folded: str) -> str:
    """A word by its sound, with nothing twice running."""
    return "".join(letter for letter, _ in groupby(folded.translate(_SOUNDS)))


def _pairs(tags: frozenset[str], then: frozenset[str], between: str) -> Iterator[str]:
    followers = list(_classes(then))
    for each in _classes(tags):
        for follower in followers:
            yield each + between + follower


def _classes(tags: frozenset[str]) -> Iterator[str]:
    return (tag for tag in tags if tag not in COMPUTED and not tag.startswith("ב{"))

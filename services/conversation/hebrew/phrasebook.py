"""A small language for phrases of spoken Hebrew, and the search for them in an utterance.

A phrase is words with spaces between them:

    word        that word, also with ו, ש or כש glued to its front
    word~       also with ב, ל, מ, ה or כ
    {class}     any word of a class of the lexicon
    ב{class}    the same with ב glued to its front
    {in} {to} {from} {when}  any word with ב, ל, מה or כש glued to its front
    {any}       any word
    {doing}     any present tense, but for being, knowing and wanting
    {bidden}    any verb of what you are to do
    a|{b}       one or the other
    a?          may be missing
    . .. ...    up to one, two or four words of any kind
    !a          the next word is not that; <!a the word before is not
    a|          at the end of a line: the alternatives go on in the next
    ^ $         the beginning and the end of the utterance

What people say without meaning anything by it (אה, כאילו, אחי) is taken out before; adverbs (ממש, כבר) may stand
anywhere between the words of a phrase.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from operator import or_
from typing import Generic, NamedTuple, TypeVar

from services.conversation.hebrew.forms import AT, COMPUTED, NOUN, tags_of
from services.conversation.hebrew.lexicon import ADVERBS, CLASSES
from services.conversation.hebrew.meaningful import compounded, said_once, without_fillers
from services.conversation.hebrew.words import Word, fold, words

Meaning = TypeVar("Meaning")
_GAPS = {".": 1, "..": 2, "...": 4}
_TRIED = 3
"""So many words of a phrase are looked for anywhere in an utterance, before it is tried from place to place."""
_CONTINUED = re.compile(r"\|\n\s*")


class _Step(NamedTuple):
    """One element of a phrase."""

    tags: frozenset[str]
    optional: bool = False
    gap: int = 0
    not_next: bool = False
    not_before: bool = False
    end: bool = False

    @property
    def takes_a_word(self) -> bool:
        return not (self.optional or self.gap or self.not_next or self.not_before or self.end)


@dataclass(frozen=True)
class _Phrase(Generic[Meaning]):
    meaning: Meaning
    weight: float
    steps: tuple[_Step, ...]
    from_start: bool
    lead: int
    """How many words may stand before the one it is found by."""


class Match(NamedTuple):
    """Where a phrase was found: indices of words, the end exclusive."""

    start: int
    end: int


class Utterance:
    """An utterance made ready for the search: its meaningful words and what each may be."""

    def __init__(self, text: str | Sequence[Word]) -> None:
        self.all = words(text) if isinstance(text, str) else list(text)
        self.kept = compounded(without_fillers(self.all)) or self.all
        """Without fillers."""
        self.folded = [word.folded for word in self.kept]
        self.words = said_once(self.kept)
        self.tags = [tags_of(word.folded) for word in self.words]

    @cached_property
    def present(self) -> frozenset[str]:
        """Whatever any of the words may be."""
        return frozenset[str]().union(*self.tags)

    def phrase(self, match: Match) -> str:
        """The words of a match as they were said."""
        return " ".join(word.text for word in self.words[match.start : match.end])


@lru_cache(maxsize=64)
def utterance(text: str) -> Utterance:
    """An utterance that several look at in turn: made ready once."""
    return Utterance(text)


class Phrasebook(Generic[Meaning]):
    """Phrases and what they mean, ready to be searched for.

    Most phrases are not in an utterance for want of a word. The phrases are the bits of a number, in the order of the
    table, so that all of these are passed over at once: what a word may be in which phrases is looked up once a word.
    """

    def __init__(self, table: Iterable[tuple[Meaning, float, str]]) -> None:
        """`table` holds rows of a meaning, a weight from 0 to 1, and phrases, one a line."""
        self._phrases = [
            _compile(meaning, weight, line.strip())
            for meaning, weight, block in table
            for line in _CONTINUED.sub("|", block).strip().splitlines()
            if line.strip()
        ]
        self._takes: list[dict[str, int]] = [{} for _ in range(_TRIED)]
        """For the first words that phrases take, each in turn: the phrases that a tag is such a word of."""
        self._shorter = [0] * _TRIED
        """The phrases that take no such word."""
        for place, phrase in enumerate(self._phrases):
            self._enter(phrase, 1 << place)
        self._bits = lru_cache(maxsize=4096)(self._bits_of)

    def _enter(self, phrase: _Phrase[Meaning], bit: int) -> None:
        taken = [step.tags for step in phrase.steps if step.takes_a_word]
        for number, takes in enumerate(self._takes):
            if number >= len(taken):
                self._shorter[number] |= bit
                continue
            for tag in taken[number]:
                takes[tag] = takes.get(tag, 0) | bit

    def _bits_of(self, tags: frozenset[str]) -> tuple[int, ...]:
        """The phrases that a word of these tags is the first word of, those that it is the second of, and so on."""
        return tuple(reduce(or_, (takes.get(tag, 0) for tag in tags)) for takes in self._takes)

    def search(self, said: Utterance) -> Iterator[tuple[Meaning, float, Match]]:
        """Every phrase that is there, once for each place it is found by."""
        taken = list(zip(*map(self._bits, said.tags), strict=True))
        if not (taken and any(taken[0])):
            return
        possible = -1
        for shorter, bits in zip(self._shorter, taken, strict=True):
            possible &= reduce(or_, bits, shorter)
        for position, first in enumerate(taken[0]):
            left = first & possible
            while left:
                bit = left & -left
                left ^= bit
                phrase = self._phrases[bit.bit_length() - 1]
                match = _find(phrase, said, position)
                if match is not None:
                    yield phrase.meaning, phrase.weight, match


def _find(phrase: _Phrase[Meaning], said: Utterance, position: int) -> Match | None:
    first = max(0, position - phrase.lead)
    if phrase.from_start:
        if first > 0:
            return None
        end = _follow(phrase.steps, 0, said, 0)
        return Match(0, end) if end is not None else None
    for start in range(position, first - 1, -1):
        end = _follow(phrase.steps, 0, said, start)
        if end is not None:
            return Match(start, end)
    return None


def _follow(steps: tuple[_Step, ...], index: int, said: Utterance, position: int) -> int | None:
    """Where the phrase from step `index` on ends, if it begins at `position`."""
    if index == len(steps):
        return position
    step = steps[index]
    count = len(said.tags)
    if step.end:
        return position if all(said.words[each].folded in ADVERBS for each in range(position, count)) else None
    if step.not_next or step.not_before:
        other = position if step.not_next else position - 1
        if 0 <= other < count and not step.tags.isdisjoint(said.tags[other]):
            return None
        return _follow(steps, index + 1, said, position)
    if step.gap:
        for skipped in range(step.gap + 1):
            if position + skipped > count:
                return None
            end = _follow(steps, index + 1, said, position + skipped)
            if end is not None:
                return end
        return None
    if position < count and not step.tags.isdisjoint(said.tags[position]):
        end = _follow(steps, index + 1, said, position + 1)
        if end is not None:
            return end
    if 0 < position < count and index > 0 and said.words[position].folded in ADVERBS:
        end = _follow(steps, index, said, position + 1)
        if end is not None:
            return end
    return _follow(steps, index + 1, said, position) if step.optional else None


def _compile(meaning: Meaning, weight: float, line: str) -> _Phrase[Meaning]:
    parts = line.split()
    from_start = parts[0] == "^"
    steps = tuple(_step(part) for part in parts[1 if from_start else 0 :])
    lead = 0
    for step in steps:
        if step.takes_a_word:
            break
        lead += step.gap + step.optional
    return _Phrase(meaning, weight, steps, from_start, lead)


def _step(part: str) -> _Step:
    if part == "$":
        return _Step(frozenset(), end=True)
    if part in _GAPS:
        return _Step(frozenset(), gap=_GAPS[part])
    optional, not_next, not_before = part.endswith("?"), part.startswith("!"), part.startswith("<!")
    tags: set[str] = set()
    for choice in part.removeprefix("<").removeprefix("!").removesuffix("?").split("|"):
        if choice.removeprefix(AT).startswith("{"):
            if choice.removeprefix(AT)[1:-1] not in CLASSES and choice not in COMPUTED:
                raise KeyError(f"{choice} in {part} is not a class of the lexicon")
            tags.add(choice)
        else:
            tags.add(fold(choice.removesuffix(NOUN)))
            if choice.endswith(NOUN):
                tags.add(NOUN + fold(choice.removesuffix(NOUN)))
    return _Step(frozenset(tags), optional=optional, not_next=not_next, not_before=not_before)

"""How likely each intent is by all clues of an utterance together, for what no phrase tells or several tell.

Every clue has a weight for every intent, learned from labelled phrases (`learning.py`); an utterance's weights are
added up. What a word weighs is worked out once. All weights of a clue, and a one to count it by, are the fields of one
long number, so that one addition adds them all.
"""

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from math import exp, log, sqrt
from struct import unpack_from

from services.conversation.hebrew import clues
from services.conversation.hebrew.forms import tags_of
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.words import Word

WEIGHTS = "weights.txt"
"""A line of JSON saying what the weights are for, then a clue, a tab and its weights on each line."""
OPT_OUT_WEIGHTS = "opt_out_weights.txt"
"""The same for opt-outs against all else, which is called unclear there."""

_FIELD = 4
"""Bytes of a field."""
_MOST = (1 << 8 * _FIELD) - 1
_ZERO = 128
"""What stands in a field for a weight of nothing, as fields have no sign."""
_UNSIGNED = bytes((each + _ZERO) % 256 for each in range(256))


@dataclass(frozen=True)
class _Head:
    """What the weights of a file are for, and where their fields begin."""

    intents: tuple[Intent, ...]
    scale: float
    first: int


@dataclass(frozen=True)
class _Weights:
    """The weights of both files."""

    heads: Mapping[str, _Head]
    by_clue: Mapping[str, int]
    fields: int


@cache
def _weights() -> _Weights:
    heads: dict[str, _Head] = {}
    by_clue: dict[str, int] = {}
    first = 0
    for file in (WEIGHTS, OPT_OUT_WEIGHTS):
        top, *lines = (files(__package__) / file).read_text(encoding="utf-8").splitlines()
        head = json.loads(top)
        heads[file] = _Head(tuple(map(Intent, head["intents"])), head["scale"], first)
        for clue, number in _numbers(lines, len(head["intents"])):
            by_clue[clue] = by_clue.get(clue, 0) + (number << 8 * _FIELD * first)
        first += len(head["intents"]) + 1
    return _Weights(heads, by_clue, first)


def _numbers(lines: Sequence[str], weights: int) -> Iterator[tuple[str, int]]:
    """Each clue of a file with its weights and a one as the fields of a number."""
    rows = [line.split("\t") for line in lines]
    unsigned = b64decode("".join(packed for _, packed in rows)).translate(_UNSIGNED)
    fields = bytearray(_FIELD * len(unsigned))
    fields[::_FIELD] = unsigned
    one, size = 1 << 8 * _FIELD * weights, len(fields) // len(rows)
    for start, (clue, _) in zip(range(0, len(fields), size), rows, strict=True):
        yield clue, one + int.from_bytes(fields[start : start + _FIELD * weights], "little")


def weigh(said: Utterance, file: str = WEIGHTS) -> dict[Intent, float]:
    """The logarithm of how likely each intent is that the weights of `file` are for."""
    head = _weights().heads[file]
    weighed, known = _read(_utterance(said), head)
    factor = head.scale / sqrt(known or 1)
    highest = max(weighed)
    everything = factor * highest + log(sum([exp(factor * (each - highest)) for each in weighed]))
    return {intent: factor * each - everything for intent, each in zip(head.intents, weighed, strict=True)}


def telling_word(said: Utterance, intent: Intent) -> str:
    """The word that speaks most for an intent."""
    head = _weights().heads[WEIGHTS]
    weight, known = (8 * _FIELD * (head.first + place) for place in (head.intents.index(intent), len(head.intents)))

    def tells(word: Word) -> int:
        clues_in_it = _word(word.folded)
        return (clues_in_it >> weight & _MOST) - _ZERO * (clues_in_it >> known & _MOST)

    return max(said.words, key=tells).text


def _read(total: int, head: _Head) -> tuple[list[int], int]:
    """What a sum of clues weighs for each intent, and of how many clues it is."""
    fields = total.to_bytes(_FIELD * _weights().fields, "little")
    *weighed, known = unpack_from(f"<{len(head.intents) + 1}I", fields, _FIELD * head.first)
    return [each - _ZERO * known for each in weighed], known


@lru_cache(maxsize=64)
def _utterance(said: Utterance) -> int:
    """An utterance is added up once, for opt-outs and for all else."""
    words = [word.folded for word in said.words]
    total = _length(len(words)) + sum(map(_word, words))
    total += sum(map(_neighbours, words, words[1:])) + sum(map(_next_but_one, words, words[2:]))
    return total + _beginning(words[0]) + _end(words[-1]) if words else total


def _sum(found: Iterable[str]) -> int:
    by_clue = _weights().by_clue
    return sum(by_clue.get(each, 0) for each in found)


@lru_cache(maxsize=16384)
def _word(folded: str) -> int:
    return _sum(clues.of_word(folded, tags_of(folded)))


@lru_cache(maxsize=16384)
def _neighbours(first: str, second: str) -> int:
    return _sum(clues.of_neighbours(first, second, tags_of(first), tags_of(second)))


@lru_cache(maxsize=16384)
def _next_but_one(first: str, third: str) -> int:
    return _sum(clues.of_next_but_one(tags_of(first), tags_of(third)))


@lru_cache(maxsize=4096)
def _beginning(folded: str) -> int:
    return _sum(clues.of_beginning(tags_of(folded)))


@lru_cache(maxsize=4096)
def _end(folded: str) -> int:
    return _sum(clues.of_end(tags_of(folded)))


@lru_cache(maxsize=32)
def _length(words: int) -> int:
    return _sum(clues.of_length(words))

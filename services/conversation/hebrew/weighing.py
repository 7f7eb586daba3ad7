"""How likely each intent is by all clues of an utterance together, for what no phrase tells or several tell.

Every clue has a weight for every intent, learned from labelled phrases (`learning.py`); an utterance's weights are
added up. What a word weighs is worked out once.
"""

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from math import exp, log, sqrt

from services.conversation.hebrew import clues
from services.conversation.hebrew.forms import tags_of
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.phrasebook import Utterance

WEIGHTS = "weights.txt"
"""A line of JSON saying what the weights are for, then a clue, a tab and its weights on each line."""
OPT_OUT_WEIGHTS = "opt_out_weights.txt"
"""The same for opt-outs against all else, which is called unclear there."""


@dataclass(frozen=True)
class _Weights:
    intents: tuple[Intent, ...]
    scale: float
    by_clue: Mapping[str, Sequence[int]]

    def total(self, found: Iterable[str]) -> "_Total":
        """What some clues weigh together, and how many of them are known."""
        known = [self.by_clue[each] for each in found if each in self.by_clue]
        return tuple(map(sum, zip(*known, strict=True))) or (0,) * len(self.intents), len(known)


_Total = tuple[tuple[int, ...], int]


@cache
def _weights(file: str) -> _Weights:
    lines = (files(__package__) / file).read_text(encoding="utf-8").splitlines()
    head = json.loads(lines[0])
    by_clue = {}
    for line in lines[1:]:
        clue, _, packed = line.partition("\t")
        by_clue[clue] = memoryview(b64decode(packed)).cast("b").tolist()
    return _Weights(tuple(map(Intent, head["intents"])), head["scale"], by_clue)


def weigh(said: Utterance, file: str = WEIGHTS) -> dict[Intent, float]:
    """The logarithm of how likely each intent is that the weights of `file` are for."""
    words = [word.folded for word in said.words]
    totals = [_length(file, len(words)), *(_word(file, word) for word in words)]
    totals += (_neighbours(file, *pair) for pair in pairwise(words))
    if words:
        totals += (_beginning(file, words[0]), _end(file, words[-1]))
    weights = _weights(file)
    known = sum(count for _, count in totals)
    factor = weights.scale / sqrt(known or 1)
    scores = [factor * sum(each) for each in zip(*(total for total, _ in totals), strict=True)]
    highest = max(scores)
    everything = highest + log(sum(exp(score - highest) for score in scores))
    return {intent: score - everything for intent, score in zip(weights.intents, scores, strict=True)}


def telling_word(said: Utterance, intent: Intent) -> str:
    """The word that speaks most for an intent."""
    place = _weights(WEIGHTS).intents.index(intent)
    return max(said.words, key=lambda word: _word(WEIGHTS, word.folded)[0][place]).text


@lru_cache(maxsize=16384)
def _word(file: str, folded: str) -> _Total:
    return _weights(file).total(clues.of_word(folded, tags_of(folded)))


@lru_cache(maxsize=16384)
def _neighbours(file: str, first: str, second: str) -> _Total:
    return _weights(file).total(clues.of_neighbours(tags_of(first), tags_of(second)))


@lru_cache(maxsize=4096)
def _beginning(file: str, folded: str) -> _Total:
    return _weights(file).total(clues.of_beginning(tags_of(folded)))


@lru_cache(maxsize=4096)
def _end(file: str, folded: str) -> _Total:
    return _weights(file).total(clues.of_end(tags_of(folded)))


@lru_cache(maxsize=32)
def _length(file: str, words: int) -> _Total:
    return _weights(file).total(clues.of_length(words))

"""Finds an instruction never to be called again. Deterministic, and nothing may overrule it.

An opt-out is an instruction about contact: a verb of removing with us or our list as its object, an end to the calls, a
refusal of permission, a threat. A time makes it a callback instead ("אל תתקשר לפני עשר"), another channel or another
number a preference ("אל תתקשרו, תשלחו מייל"): see `scope.py`. Every utterance is weighed as well: weights learned from
labelled opt-outs and from all that is none know more words than the phrases do. What lies between an opt-out and none is
a doubt, which the agent puts to the caller. What somebody else said, or was told, is none where the caller then goes on
with us: see `hearsay.py`.
"""

from enum import Enum
from functools import lru_cache
from math import exp

from services.conversation.hebrew.hearsay import hearsay
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.meanings.opt_outs import ROWS, Kind
from services.conversation.hebrew.phrasebook import Phrasebook, Utterance, utterance
from services.conversation.hebrew.scope import Scope
from services.conversation.hebrew.weighing import OPT_OUT_WEIGHTS, weigh

_BOOK = Phrasebook(ROWS)


class _Found(Enum):
    """What phrases say of an utterance: how likely weights must find an opt-out for it to be one."""

    PROOF = 0.04
    NOTHING = 0.4
    SOMETHING_ELSE = 0.7
    """A phrase is there, and what stands around it makes it mean something else."""


_POSSIBLE = 0.15
"""From where on what is no opt-out leaves a doubt."""


def opt_out(text: str, *, answering: bool = False) -> str | None:
    """The words that prove an opt-out, or None.

    `answering` is set after a question about the company: what its own callers and customers say is told then
    (מי שלא רוצה נמחק), so that only a phrase is proof.
    """
    return find(utterance(text), answering=answering)


def doubt(text: str, *, answering: bool = False) -> str | None:
    """The words that may be an opt-out although nothing proves it, or None."""
    said = utterance(text)
    _, words = _look(said)
    if not _is_possible(said) or beyond(said) is not None:
        return None
    return words if find(said, answering=answering) is None else None


def find(said: Utterance, *, answering: bool = False) -> str | None:
    """The words that prove an opt-out in an utterance that is ready for the search, or None."""
    found, words = _look(said)
    if answering and found is not _Found.PROOF:
        return None
    return words if _likely(said) >= found.value and beyond(said) is None else None


@lru_cache(maxsize=64)
def beyond(said: Utterance) -> Utterance | None:
    """What means something where an opt-out is only told of or supposed; None where none is, and where one is meant."""
    if _look(said)[0] is _Found.NOTHING and _likely(said) < _POSSIBLE:
        return None
    told = hearsay(said)
    if told is None or any(map(_is_possible, told.beside)):
        return None
    return told.meant if told.meant.words else said


def _is_possible(said: Utterance) -> bool:
    """Whether an utterance may be an opt-out, for all that phrases and weights know."""
    return bool(said.words) and (_look(said)[0] is _Found.PROOF or _likely(said) >= _POSSIBLE)


@lru_cache(maxsize=64)
def _look(said: Utterance) -> tuple[_Found, str]:
    """What phrases say, and the words that show it. Kept, as the weights are: the same words are asked about again."""
    found = _Found.NOTHING
    for kind, _, match in _BOOK.search(said):
        if not _means_something_else(kind, Scope(said, match)):
            return _Found.PROOF, said.phrase(match)
        found = _Found.SOMETHING_ELSE
    return found, " ".join(word.text for word in said.words)


@lru_cache(maxsize=64)
def _likely(said: Utterance) -> float:
    """How likely an opt-out is by all the words, from 0 to 1."""
    return exp(weigh(said, OPT_OUT_WEIGHTS)[Intent.OPT_OUT]) if said.words else 0.0


def _means_something_else(kind: Kind, scope: Scope) -> bool:
    if kind is Kind.CONSENT:
        return True
    if kind is Kind.CONTACT:
        return scope.is_bounded()
    if kind is Kind.REMOVAL:
        return scope.is_of_something_else() or scope.is_for_a_time()
    return scope.is_taken_back()

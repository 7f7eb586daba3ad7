"""What a caller means: intents with the phrase that proves each, a time, a chosen slot, yes or no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, inf, log
from typing import Literal

from services.conversation.hebrew import opt_out, self_reference, spelling
from services.conversation.hebrew.context import Asked, asked_for, impossible, stands
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.meanings import answers, hints, others, questions, refusals
from services.conversation.hebrew.noise import is_noise
from services.conversation.hebrew.phrasebook import Phrasebook, Utterance, utterance
from services.conversation.hebrew.slots import choose
from services.conversation.hebrew.times import Moment, resolve
from services.conversation.hebrew.weighing import telling_word, weigh

__all__ = ["Evidence", "Intent", "Moment", "Understanding", "understand"]

_BOOK = Phrasebook((*refusals.ROWS, *questions.ROWS, *others.ROWS, *answers.ROWS, *hints.ROWS))
_ORDER = {intent: place for place, intent in enumerate(Intent)}
"""Between two that are equally strong, the first."""
_A_WORD = 0.004
"""What each word of a phrase adds to its weight: the longer of two equals says more."""
_CHOICE, _PROPOSAL, _ADDRESS = 0.9, 0.84, 0.97
_CERTAIN = 1.02
"""The nearer to it the score of a phrase, the more it outweighs what all words together make likely."""
_UNLIKELY = log(1e-4)
_CHOSEN = log(0.3)
"""A slot that was found chosen is at least as likely as this."""


@dataclass(frozen=True)
class Evidence:
    """One thing the caller means, the words that show it, and how strongly, from 0 to 1."""

    intent: Intent
    phrase: str
    score: float


@dataclass(frozen=True)
class Understanding:
    """Everything read out of one utterance."""

    intents: tuple[Evidence, ...]
    """The primary one first; `unclear` where nothing was understood."""
    time: Moment | None = None
    slot: int | None = None
    """The index of the offered slot that was chosen."""
    opt_out: bool = False
    email: str | None = None
    digits: str | None = None
    yes: bool | None = None
    """The answer to a yes-or-no question; None if it is neither."""
    gender: Literal["m", "f"] | None = None
    """Of the speaker, from their own first person."""
    noise: bool = False
    """Whether these are words that recognisers write on silence."""

    @property
    def primary(self) -> Intent:
        return self.intents[0].intent


def understand(
    text: str, now: datetime, *, asked: str | None = None, offered: Sequence[datetime] = ()
) -> Understanding:
    """Understand an utterance. `now` is aware, in the caller's zone.

    `asked` is the key of the open question ("permission", "slot", "question:crm"...) or its words.
    """
    said = utterance(text)
    if not said.all or is_noise(said):
        return Understanding((Evidence(Intent.UNCLEAR, text.strip(), 1.0),), noise=True)
    open_question = asked_for(asked)
    removal = opt_out.find(said, answering=open_question is Asked.QUESTION)
    moment = resolve(said, now, offered)
    slot = choose(said, offered, now) if open_question in (Asked.SLOT, Asked.ANYTHING) else None
    email = spelling.email(text)
    meant = opt_out.beyond(said) or said
    best = _strongest(meant, open_question)
    if removal:
        best[Intent.OPT_OUT] = Evidence(Intent.OPT_OUT, removal, 1.0)
    if email:
        best[Intent.ASK_EMAIL] = Evidence(Intent.ASK_EMAIL, email, _ADDRESS)
    if slot is not None:
        best[Intent.SLOT_CHOICE] = Evidence(Intent.SLOT_CHOICE, text.strip(), _CHOICE)
    elif moment is not None and open_question is not Asked.QUESTION:
        calling = open_question is Asked.CALLBACK or "{call_me}" in said.present
        intent = Intent.BUSY_CALLBACK if calling else Intent.TIME_PROPOSAL
        best.setdefault(intent, Evidence(intent, text.strip(), _PROPOSAL))
    intents = _ranked(meant, best, open_question)
    return Understanding(
        intents=intents,
        time=moment,
        slot=slot,
        opt_out=removal is not None,
        email=email,
        digits=spelling.digits(text),
        yes=_yes(intents, said, open_question),
        gender=self_reference.gender(said),
    )


def _strongest(said: Utterance, asked: Asked) -> dict[Intent, Evidence]:
    """The strongest phrase for each intent."""
    best: dict[Intent, Evidence] = {}
    for intent, weight, match in _BOOK.search(said):
        if not stands(intent, match, said, asked):
            continue
        score = min(1.0, weight + _A_WORD * (match.end - match.start))
        if intent not in best or best[intent].score < score:
            best[intent] = Evidence(intent, said.phrase(match), score)
    return best


def _ranked(said: Utterance, found: dict[Intent, Evidence], asked: Asked) -> tuple[Evidence, ...]:
    """What was found, and what all words together make likelier than any of it; the primary one first."""
    likely = _likely(said, found, asked)
    rank = dict(likely)
    for intent, each in found.items():
        rank[intent] -= log(_CERTAIN - each.score)
    first = max(rank, key=rank.__getitem__)
    if first not in found:
        found = {**found, first: Evidence(first, telling_word(said, first), exp(likely[first]))}
    return tuple(sorted(found.values(), key=lambda each: (-rank[each.intent], _ORDER[each.intent])))


def _likely(said: Utterance, found: Mapping[Intent, Evidence], asked: Asked) -> dict[Intent, float]:
    """The logarithm of how likely each intent is, before what phrases and parsers add; in the order of intents."""
    if asked is Asked.QUESTION:
        return {
            intent: 0.0 if intent in found else _UNLIKELY for intent in _ORDER if intent in {*found, Intent.UNCLEAR}
        }
    likely = dict.fromkeys(_ORDER, _UNLIKELY)
    for intent, each in weigh(said).items():
        if each > _UNLIKELY:
            likely[intent] = each
    for intent in impossible(asked):
        likely[intent] = -inf
    if Intent.OPT_OUT in found:
        likely[Intent.OPT_OUT] = inf
    if Intent.SLOT_CHOICE in found:
        likely[Intent.SLOT_CHOICE] = max(likely[Intent.TIME_PROPOSAL], _CHOSEN)
    return likely


def _yes(intents: Sequence[Evidence], said: Utterance, asked: Asked) -> bool | None:
    if asked is Asked.QUESTION and said.words[0].folded == "יש":
        return True
    if intents and intents[0].intent is Intent.UNCLEAR:
        return None
    for each in intents:
        if each.intent in (
            Intent.OPT_OUT,
            Intent.NOT_INTERESTED,
            Intent.DENY,
            Intent.WRONG_PERSON,
            Intent.BUSY_CALLBACK,
        ):
            return False
        if each.intent is Intent.AFFIRM:
            return True
    return None

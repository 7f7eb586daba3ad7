"""Finds an instruction never to be called again. Deterministic, and nothing may overrule it.

An opt-out is an instruction about contact: a verb of removing with us or our list as its object, an end to the calls, a
refusal of permission, a threat. A time makes it a callback instead ("אל תתקשר לפני עשר"), another channel or another
number a preference ("אל תתקשרו, תשלחו מייל"): see `scope.py`. What no phrase is about is weighed: weights learned from
labelled opt-outs and from all that is none know more words than the phrases do.
"""

from math import exp

from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.meanings.opt_outs import ROWS, Kind
from services.conversation.hebrew.phrasebook import Phrasebook, Utterance, utterance
from services.conversation.hebrew.scope import Scope
from services.conversation.hebrew.weighing import OPT_OUT_WEIGHTS, weigh

_BOOK = Phrasebook(ROWS)
_LIKELY = 0.7
"""From where on weights alone make an opt-out."""
_OF_CONTACT = frozenset(("{contact}", "{call}", "{permission}", "{in_list}"))
_REFUSING = frozenset(("{not}", "אל", "אסור", "{stop_it}"))
_ADDRESSED = _REFUSING | {
    "{bidden}", "{you}", "{you_all}", "{strike}", "{cancel}", "{nuisance}", "{complaint}", "{threaten}", "{police}", "{will}",
}  # fmt: skip
_FEWEST = 3
"""Of fewer words weights alone tell too little."""


def opt_out(text: str) -> str | None:
    """The words that prove an opt-out, or None."""
    return find(utterance(text))


def find(said: Utterance) -> str | None:
    """The same for an utterance that is ready for the search."""
    is_about_contact = False
    for kind, _, match in _BOOK.search(said):
        is_about_contact = True
        if not _means_something_else(kind, Scope(said, match)):
            return said.phrase(match)
    if is_about_contact or len(said.words) < _FEWEST or not _may_be_one(said):
        return None
    likely = exp(weigh(said, OPT_OUT_WEIGHTS)[Intent.OPT_OUT])
    return " ".join(word.text for word in said.words) if likely >= _LIKELY else None


def _may_be_one(said: Utterance) -> bool:
    """Whether we are spoken to or something is refused, beyond a wish for contact: not כל השיחות אליי, תתקשרו אליי."""
    if _ADDRESSED.isdisjoint(said.present):
        return False
    return _OF_CONTACT.isdisjoint(said.present) or not _REFUSING.isdisjoint(said.present)


def _means_something_else(kind: Kind, scope: Scope) -> bool:
    if kind is Kind.CONTACT:
        return scope.is_bounded()
    if kind is Kind.REMOVAL:
        return scope.is_of_something_else() or scope.is_for_a_time()
    return scope.is_taken_back()

"""Finds an instruction never to be called again. Deterministic, and nothing may overrule it.

An opt-out is an instruction about contact: a verb of removing with us or our list as its object, an end to the calls, a
refusal of permission, a threat. A time makes it a callback instead ("אל תתקשר לפני עשר"), another channel or another
number a preference ("אל תתקשרו, תשלחו מייל"): see `scope.py`.
"""

from services.conversation.hebrew.meanings.opt_outs import ROWS, Kind
from services.conversation.hebrew.phrasebook import Phrasebook, Utterance, utterance
from services.conversation.hebrew.scope import Scope

_BOOK = Phrasebook(ROWS)


def opt_out(text: str) -> str | None:
    """The words that prove an opt-out, or None."""
    return find(utterance(text))


def find(said: Utterance) -> str | None:
    """The same for an utterance that is ready for the search."""
    for kind, _, match in _BOOK.search(said):
        scope = Scope(said, match)
        if kind is Kind.CONTACT and scope.is_bounded():
            continue
        if kind is Kind.FINAL and scope.is_taken_back():
            continue
        if kind is Kind.REMOVAL and (scope.is_of_something_else() or scope.is_for_a_time()):
            continue
        return said.phrase(match)
    return None

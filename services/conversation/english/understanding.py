"""What a caller means in English: the same answer as for Hebrew, found by patterns."""

from collections.abc import Sequence
from datetime import datetime

from services.conversation.english import opt_out, slots, spelling
from services.conversation.english.meanings import is_noise, meanings
from services.conversation.english.times import resolve
from services.conversation.english.words import normal
from services.conversation.hebrew.context import Asked, asked_for
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.understanding import Evidence, Understanding

__all__ = ["Intent", "Understanding", "understand"]

_ORDER = {intent: place for place, intent in enumerate(Intent)}
_CHOICE, _PROPOSAL, _ADDRESS = 0.9, 0.84, 0.97
_A_WORD = 0.004
"""What each word of a phrase adds to its weight: the longer of two equals says more."""
_NO = frozenset({Intent.OPT_OUT, Intent.NOT_INTERESTED, Intent.DENY, Intent.WRONG_PERSON, Intent.BUSY_CALLBACK})


def understand(
    text: str, now: datetime, *, asked: str | None = None, offered: Sequence[datetime] = ()
) -> Understanding:
    """Understand an utterance. `now` is aware, in the caller's zone; `asked` is the key of the open question."""
    said = normal(text).strip(" .,")
    if not said or is_noise(said):
        return Understanding((Evidence(Intent.UNCLEAR, text.strip(), 1.0),), noise=True)
    question = asked_for(asked)
    removal = opt_out.find(said)
    moment = resolve(said, now, offered, bare=question in (Asked.SLOT, Asked.CALLBACK))
    slot = slots.choose(said, offered, now) if question in (Asked.SLOT, Asked.ANYTHING) else None
    email = spelling.email(text)
    best: dict[Intent, Evidence] = {}
    for intent, weight, phrase in meanings(said, question):
        best[intent] = Evidence(intent, phrase, min(1.0, weight + _A_WORD * len(phrase.split())))
    if removal:
        best[Intent.OPT_OUT] = Evidence(Intent.OPT_OUT, removal, 1.0)
    if email:
        best[Intent.ASK_EMAIL] = Evidence(Intent.ASK_EMAIL, email, _ADDRESS)
    if slot is not None:
        best[Intent.SLOT_CHOICE] = Evidence(Intent.SLOT_CHOICE, said, _CHOICE)
    elif moment is not None and question is not Asked.QUESTION:
        intent = Intent.BUSY_CALLBACK if question is Asked.CALLBACK else Intent.TIME_PROPOSAL
        best.setdefault(intent, Evidence(intent, said, _PROPOSAL))
    intents = tuple(sorted(best.values(), key=lambda each: (-each.score, _ORDER[each.intent])))
    return Understanding(
        intents=intents or (Evidence(Intent.UNCLEAR, text.strip(), 0.0),),
        time=moment,
        slot=slot,
        opt_out=removal is not None,
        email=email,
        digits=spelling.digits(text),
        yes=_yes(intents),
    )


def _yes(intents: Sequence[Evidence]) -> bool | None:
    for each in intents:
        if each.intent in _NO:
            return False
        if each.intent is Intent.AFFIRM:
            return True
    return None

"""What the open question changes: an answer to "how do you arrange meetings?" is one, whatever words are in it."""

from enum import Enum, auto
from functools import lru_cache

from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.phrasebook import Match, Utterance
from services.conversation.hebrew.words import word_set


class Asked(Enum):
    """What the agent asked last, as far as it matters."""

    ANYTHING = auto()
    QUESTION = auto()
    """About the company."""
    SLOT = auto()
    CALLBACK = auto()
    """When to call again."""
    ADDRESS = auto()
    CONFIRMATION = auto()
    """Whether something was heard right."""


_KEYS = {"slot": Asked.SLOT, "first_slot": Asked.SLOT, "callback_time": Asked.CALLBACK, "email": Asked.ADDRESS}
_SENTENCES = (
    (("נכון?",), Asked.CONFIRMATION),
    (("מייל", "כתובת"), Asked.ADDRESS),
    (("מתי כדאי לחזור", "מתי לחזור", "מתי כדאי להתקשר", "באיזה יום ושעה"), Asked.CALLBACK),
    (("מה עדיף", "מתאים יותר", "מה מתאים"), Asked.SLOT),
)
_NO_ANSWERS = frozenset(
    {Intent.GATEKEEPER, Intent.VOICEMAIL, Intent.SLOT_CHOICE, Intent.TIME_PROPOSAL, Intent.WRONG_PERSON}
)
"""What an answer about one's company only seems to be: המזכירה מתקשרת, יש לנו מערכת, בערך עשרה."""
_IMPOSSIBLE = {
    Asked.QUESTION: _NO_ANSWERS,
    Asked.CONFIRMATION: frozenset({Intent.WRONG_PERSON}),
    Asked.ADDRESS: frozenset({Intent.WRONG_PERSON}),
}
_REFUSALS = word_set("לא אין תודה חבל עזוב עזבי עזבו תעזוב תעזבי תעזבו אוותר נוותר מוותר מוותרת מוותרים")


@lru_cache(maxsize=256)
def asked_for(asked: str | None) -> Asked:
    """The open question by its key, or by its words."""
    if not asked:
        return Asked.ANYTHING
    if asked in _KEYS:
        return _KEYS[asked]
    if asked.startswith("question:"):
        return Asked.QUESTION
    if asked.startswith("confirm"):
        return Asked.CONFIRMATION
    return next((key for words, key in _SENTENCES if any(word in asked for word in words)), Asked.ANYTHING)


def impossible(asked: Asked) -> frozenset[Intent]:
    """What cannot be meant at all, after this question."""
    return _IMPOSSIBLE.get(asked, frozenset())


def stands(intent: Intent, match: Match, said: Utterance, asked: Asked) -> bool:
    """Whether a phrase means what it usually does, after this question."""
    if intent in impossible(asked):
        return False
    if asked is not Asked.QUESTION:
        return True
    classes = set().union(*said.tags[match.start : match.end])
    if intent is Intent.ASK_EMAIL:
        return "{send}" in classes
    if intent is Intent.NOT_INTERESTED:
        return not _REFUSALS.isdisjoint(classes)
    if intent is Intent.BUSY_CALLBACK:
        return bool(classes & {"אני", "{call}", "{able}", "{now}", "לא"})
    if intent is Intent.IS_ROBOT:
        return bool(classes & {"{you}", "{this}", "{human}", "{rep}"})
    return True

"""In what mood somebody speaks, as far as words tell: positive, neutral or negative."""

from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.phrasebook import utterance
from services.conversation.hebrew.understanding import Understanding
from services.conversation.hebrew.words import word_set

POSITIVE, NEUTRAL, NEGATIVE = "positive", "neutral", "negative"

_COLD = {Intent.OPT_OUT, Intent.PROFANITY, Intent.NOT_INTERESTED}
_WARM = {Intent.SLOT_CHOICE, Intent.TIME_PROPOSAL}
_BAD_WORDS = word_set(
    "נמאס עצבים מעצבן מעצבנת עצבני עצבנית חוצפה חצוף חצופה כועס כועסת מטריד מטרידים הטרדה הטרדות גרוע נורא מספיק די"
    " מגעיל שקר שקרנים נוכלים גנבים סיוט"
)
_GOOD_WORDS = word_set(
    "מעולה מצוין מצויין נהדר אחלה יופי מדהים מושלם מעניין אשמח נשמח בשמחה בכיף מגניב אהבתי תודה כיף סבבה בטח"
)


def mood(text: str, understood: Understanding) -> str:
    """Of one utterance. Words of displeasure go before an intent, and that before words of pleasure."""
    said = {word.folded for word in utterance(text).all}
    if said & _BAD_WORDS or understood.primary in _COLD:
        return NEGATIVE
    if said & _GOOD_WORDS or understood.primary in _WARM:
        return POSITIVE
    return NEUTRAL

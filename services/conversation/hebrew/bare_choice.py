"""Whether an utterance is nothing but a choice: השני, המאוחר יותר, שלישי, עשר וחצי.

Somebody says just that who was offered something. It matters only where it is not known what was offered: in a call it
always is, and then the slots decide.
"""

from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_words import WEEKDAYS
from services.conversation.hebrew.words import fold, word_set

_DAYS = frozenset(fold(day) for day in WEEKDAYS if not day.isascii())
_HOURS = word_set("אחת שתיים שלוש ארבע חמש שש שבע שמונה תשע עשר")
_PLACES = word_set(
    "הראשון הראשונה השני השנייה השניה השלישי השלישית הרביעי האחרון האחרונה האמצעי האמצעית המוקדם המוקדמת המאוחר"
    " המאוחרת הקודם מוקדם מאוחר"
)
_PARTS = word_set("בבוקר בצהריים בערב")
_RATHER = word_set("עדיף")
_THEN = word_set("אז יאללה")
_BESIDE = word_set(
    "האופציה האפשרות המועד הזמן השעה יותר היותר ביותר מביניהם מהם מהשניים מהשתיים מבין מה שיותר עדיף לי לנו מבחינתי"
    " מתאים וחצי ורבע בבוקר בצהריים בערב יאללה אז נו זה אוקיי סבבה טוב בסדר כן את"
)
_MOST_WORDS = 6


def is_bare_choice(said: Utterance) -> bool:
    """Whether all of it is a choice, and words that go with one."""
    words = [_bare(word.folded) for word in said.all]
    chosen = [word for word in words if word in _DAYS or word in _HOURS or word in _PLACES]
    if len(words) > _MOST_WORDS or any(word not in chosen and word not in _BESIDE for word in words):
        return False
    parts = [word for word in words if word in _PARTS]
    if not chosen:
        return bool(parts) and not _RATHER.isdisjoint(words)
    return not (parts or len(chosen) > 1) or words[0] in _THEN


def _bare(word: str) -> str:
    """A day without the letter before it: ברביעי."""
    return word[1:] if word.startswith("ב") and word[1:] in _DAYS else word

"""Whether an utterance is nothing but a choice: השני, המאוחר יותר, שלישי, עשר וחצי, נלך על האחרון.

Somebody says just that who was offered something. It matters only where it is not known what was offered: in a call it
always is, and then the slots decide.
"""

from services.conversation.hebrew.phrasebook import Utterance
from services.conversation.hebrew.time_moves import is_struck_out
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
    "האופציה האפשרות המועד הזמן השעה יותר היותר ביותר מביניהם מהם מהשניים מהשתיים שניהם שתיהן מהמועדים מהאפשרויות בין"
    " מבין מתוך מכל מה שיותר עדיף לי לנו מבחינתי"
    " מתאים וחצי ורבע בבוקר בצהריים בערב יאללה אז נו זה אוקיי סבבה טוב בסדר כן את מצוין מצויין מעולה אחלה נהדר מושלם"
)
_TWO = word_set("(|מ)(שני|שתי)")
_SEVERAL = word_set("השניים השתיים המועדים הזמנים האפשרויות האופציות ההצעות")
"""What was offered: beside it two is no Monday (משני המועדים המוקדם)."""
_TAKES = word_set(
    "(נ|א)לך הולכ(ת|ים) הולך לכ(ו|י) (ני|א)קח קח(|ו|י) תיקח לוקח(|ת|ים) (נ|א)בחר בוחר(|ת|ים) בחר(תי|נו) רוצ(ה|ים)"
    " מעדיפ(ה|ים) מעדיף תרשום תרשמ(י|ו) תשאיר(|י|ו)"
)
_OF_A_PLACE = _TAKES | word_set(
    "על האופציה מתאימה טובה נוחה נוח עדיפה מצוינת מעולה תהיה יהיה דווקא בעצם שאמרת(|ם|ן) שהצעת(|ם|ן) שציינת(|ם)"
    " שהקראת שנתת(|ם) תעצור תעצר(י|ו) עצור עצר(י|ו) רגע פה כאן"
)
"""Beside a place in a row, which nothing but an offer has: with a day they make a proposal (תרשמו לי חמישי)."""
_STRIKES = word_set("ת(וריד|סיר|מחק|בטל)(|י|ו) תורד(י|ו) תעזוב תעזב(י|ו) תשכח(|י|ו) בלי עזוב עזב(י|ו) לא")
_SPEAKER = word_set("אני אנחנו")
_MOST_WORDS = 8


def is_bare_choice(said: Utterance) -> bool:
    """Whether all of it is a choice, and words that go with one."""
    folded = [word.folded for word in said.all]
    words = [
        _bare(word)
        for word, then in zip(folded, [*folded[1:], ""], strict=True)
        if word not in _SEVERAL and not (word in _TWO and then in _SEVERAL)
    ]
    if len(words) > _MOST_WORDS:
        return False
    named = [index for index, word in enumerate(words) if word in _DAYS or word in _HOURS or word in _PLACES]
    chosen = [index for index in named if not _is_refused(words, index)]
    beside = _BESIDE
    if chosen and all(words[index] in _PLACES for index in named):
        beside = _BESIDE | _OF_A_PLACE
        beside |= _STRIKES if len(chosen) < len(named) else frozenset()
        beside |= _SPEAKER if not _TAKES.isdisjoint(words) else frozenset()
    if any(index not in named and word not in beside for index, word in enumerate(words)):
        return False
    parts = [word for word in words if word in _PARTS]
    if not chosen:
        return bool(parts) and not _RATHER.isdisjoint(words)
    return not (parts or len(chosen) > 1) or words[0] in _THEN


def _is_refused(words: list[str], index: int) -> bool:
    """Whether another is taken instead: לא הראשון, תסיר את הראשונה."""
    return words[index - 1 : index] == ["לא"] or is_struck_out(words, index, index + 1)


def _bare(word: str) -> str:
    """A day without the letter before it: ברביעי."""
    return word[1:] if word.startswith("ב") and word[1:] in _DAYS else word

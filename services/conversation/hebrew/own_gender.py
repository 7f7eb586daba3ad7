"""Whether the agent speaks of itself as a woman or as a man."""

from typing import Literal

from services.conversation.hebrew.words import fold, plain, words

_PAIRS = """
    מדבר/מדברת חוזר/חוזרת שולח/שולחת רושם/רושמת קובע/קובעת שומע/שומעת מבין/מבינה מתקשר/מתקשרת יכול/יכולה
    מצטער/מצטערת מתנצל/מתנצלת מנתק/מנתקת מעביר/מעבירה שואל/שואלת שמח/שמחה בודק/בודקת ממשיך/ממשיכה
    מכיר/מכירה מציע/מציעה מסביר/מסבירה מסיר/מסירה מוחק/מוחקת מתאם/מתאמת מחפש/מחפשת מתקן/מתקנת צריך/צריכה
    מאשר/מאשרת אומר/אומרת מסיים/מסיימת עוזר/עוזרת מחבר/מחברת מחכה/מחכה מקשיב/מקשיבה
"""
_SPEAKS = {
    fold(form): gender
    for pair in _PAIRS.split()
    for form, gender in zip(pair.split("/"), ("m", "f"), strict=True)
    if pair.partition("/")[0] != pair.partition("/")[2]
}
_OPENERS = frozenset(("מדבר", "מדברת"))
"""Said of oneself without a pronoun: מדברת מאיה."""


def own_gender(sentence: str) -> Literal["m", "f"] | None:
    """The gender the speaker of a sentence gives themself: אני חוזרת, מדברת מאיה. None where it does not show."""
    said = [word.folded for word in words(plain(sentence))]
    for before, word in zip(["", *said], said, strict=False):
        found = _SPEAKS.get(word)
        if found is not None and (before in ("אני", "ואני") or (word in _OPENERS and before != "מי")):
            return "f" if found == "f" else "m"
    return None

"""What a word of an utterance may be, by its form: itself, without glued letters, a class of the lexicon, a kind of verb."""

import re
from collections.abc import Mapping
from functools import lru_cache

from services.conversation.hebrew.lexicon import CLASSES, NOUN_CLASSES, STATES, WHOLE
from services.conversation.hebrew.words import stripped

NOUN = "~"
"""Before a word that ב, ל, מ, ה or כ may be glued to."""
AT = "ב"
_IN = "{in}"
"""Any word that ב may be glued to."""
_OUT_OF = "{from}"
"""Any word that מה may be glued to."""
_BUSY_WITH = "{doing}"
"""What somebody is doing, told by its form: מבשלת, מתאמן, יושבים. What somebody is or thinks is left out."""
_TO_DO = "{to}"
"""Any word that ל may be glued to, infinitives among them."""
_WHEN = "{when}"
"""Any word that כש may be glued to."""
_BIDDEN = "{bidden}"
"""What somebody is told to do, by its form: תשמיט, תגרשו, תורידי."""
_ANY = "{any}"
COMPUTED = frozenset((_ANY, _IN, _OUT_OF, _BUSY_WITH, _BIDDEN, _TO_DO, _WHEN))
_DOING = re.compile(r"מ[א-ת]{2,6}|[א-ת]ו[א-ת]{2}(?:ת|ים|ות)?")


def _classes_by_form() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, forms in CLASSES.items():
        for form in forms:
            found[form] = (*found.get(form, ()), name)
    return found


_BY_FORM = _classes_by_form()


@lru_cache(maxsize=4096)
def tags_of(folded: str) -> frozenset[str]:
    """What a word may be: itself, itself without glued letters, and the classes of all these."""
    tags: set[str] = {_ANY, _IN} if folded.startswith("ב") and len(folded) > 3 else {_ANY}
    if folded.startswith("כש") and len(folded) > 3:
        tags.add(_WHEN)
    if folded.startswith("ל") and len(folded) > 3:
        tags.add(_TO_DO)
    if folded.startswith("מה") and len(folded) > 4:
        tags.add(_OUT_OF)
    if folded.startswith(("ת", "שת")) and len(folded) > 3:
        tags.add(_BIDDEN)
    if _DOING.fullmatch(folded) and folded not in STATES:
        tags.add(_BUSY_WITH)
    tags |= {folded, *(f"{{{name}}}" for name in _BY_FORM.get(folded, ()))}
    for rest, noun in stripped(folded) if folded not in WHOLE else ():
        tags.add(NOUN + rest if noun else rest)
        names = [name for name in _BY_FORM.get(rest, ()) if not noun or name in NOUN_CLASSES]
        tags.update(f"{{{name}}}" for name in names)
        if noun == AT:
            tags.update(f"{AT}{{{name}}}" for name in names)
    return frozenset(tags)

"""Words as a speech recogniser writes them: without vowels or punctuation, prefixes glued on, spellings free."""

import re

_NIQQUD = re.compile(r"[\u0591-\u05c7]")
_GERESH = str.maketrans({"׳": "'", "`": "'", "’": "'", "״": '"', "”": '"', "“": '"', "־": " ", "–": " "})
_TOKEN = re.compile(r"\d{1,2}:\d{2}|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?|\d+|[א-ת]+(?:[\"'][א-ת]*)*|[A-Za-z]+")

_SPELLINGS = {
    "צהרים": "צהריים",
    "צוהריים": "צהריים",
    "הצהרים": "הצהריים",
    "בצהרים": "בצהריים",
    "שתים": "שתיים",
    "שנים": "שניים",
    "חמשי": "חמישי",
    "ששי": "שישי",
    "רביעית": "רביעית",
    "מחרתים": "מחרתיים",
    "שעתים": "שעתיים",
    "שבועים": "שבועיים",
    "יומים": "יומיים",
    "חודשים": "חודשים",
}
_PREFIXES = (
    "וכש",
    "ושב",
    "כשב",
    "שב",
    "של",
    "וב",
    "ול",
    "ומ",
    "וה",
    "לה",
    "מה",
    "כש",
    "ב",
    "ל",
    "ה",
    "ו",
    "מ",
    "ש",
    "כ",
)


def plain(text: str) -> str:
    """Text without vowel points, with one kind of quotation mark and single spaces."""
    return " ".join(_NIQQUD.sub("", text).translate(_GERESH).split())


def tokens(text: str) -> list[str]:
    """The words of a text, in the spelling the tables use."""
    found = _TOKEN.findall(plain(text).replace('אחה"צ', "אחרי הצהריים").replace('בצהר"', "בצהריים"))
    return [_respell(word) for word in found]


def bare(word: str, known: object) -> str | None:
    """The word itself if it is among those `known` (anything with `in`), or what is left of it without the
    letters glued to its front."""
    if word in known:  # type: ignore[operator]
        return word
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and rest in known:  # type: ignore[operator]
            return rest
    return None


def _respell(word: str) -> str:
    if word in _SPELLINGS:
        return _SPELLINGS[word]
    for prefix in ("ב", "ל", "ה", "ו", "מ", "ש"):
        rest = word.removeprefix(prefix)
        if rest != word and rest in _SPELLINGS:
            return prefix + _SPELLINGS[rest]
    return word

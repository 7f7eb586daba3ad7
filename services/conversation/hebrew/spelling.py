"""E-mail addresses and numbers as they are spelled aloud."""

import re

from services.conversation.hebrew.words import plain

_WRITTEN = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_AT = ("שטרודל", "כרוכית", "את")
_DOT = ("נקודה", "דוט")
_LETTERS = {
    "איי": "a", "אי": "a", "בי": "b", "סי": "c", "די": "d", "אף": "f", "ג'י": "g", "אייץ": "h", "ג'יי": "j", "קיי": "k",
    "אל": "l", "אם": "m", "אן": "n", "או": "o", "פי": "p", "קיו": "q", "אר": "r", "אס": "s", "טי": "t", "יו": "u",
    "וי": "v", "אקס": "x", "וואי": "y", "זי": "z",
}  # fmt: skip
_DOMAINS = {
    "ג'ימייל": "gmail", "גימייל": "gmail", "ג'ימיל": "gmail", "גימיל": "gmail", "הוטמייל": "hotmail", "וואלה": "walla",
    "יאהו": "yahoo", "אאוטלוק": "outlook", "אוטלוק": "outlook",
}  # fmt: skip
_SUFFIXES = {"קום": "com", "נט": "net", "אורג": "org", "קו": "co", "קואו": "co", "איל": "il"}
_LATIN = {
    "א": "a", "ב": "b", "ג": "g", "ד": "d", "ה": "a", "ו": "o", "ז": "z", "ח": "h", "ט": "t", "י": "i", "כ": "k",
    "ך": "k", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "ע": "a", "פ": "p", "ף": "f", "צ": "tz",
    "ץ": "tz", "ק": "k", "ר": "r", "ש": "sh", "ת": "t", "'": "",
}  # fmt: skip
_NAMES = {
    "דנה": "dana",
    "דני": "dani",
    "יוסי": "yossi",
    "משה": "moshe",
    "רון": "ron",
    "אורנט": "ornet",
    "אינפו": "info",
    "אלפא": "alpha",
    "אופיס": "office",
    "מייל": "mail",
}
_FILLERS = {
    "המייל",
    "מייל",
    "האימייל",
    "שלי",
    "זה",
    "הוא",
    "אז",
    "תרשום",
    "תרשמי",
    "תרשמו",
    "כתובת",
    "אוקיי",
    "טוב",
    "כן",
    "שלח",
    "לשלוח",
    "ל",
}
_DIGITS = {
    "אפס": "0", "אחת": "1", "אחד": "1", "שתיים": "2", "שתים": "2", "שלוש": "3", "ארבע": "4", "חמש": "5", "שש": "6",
    "שבע": "7", "שמונה": "8", "תשע": "9",
}  # fmt: skip


def email(text: str) -> str | None:
    """The address that was spelled, in Latin letters, or None."""
    said = plain(text)
    written = _WRITTEN.search(said)
    if written:
        return written[0].lower()
    words = re.findall(r"[א-ת']+|[A-Za-z0-9_.-]+", said)
    at = next((index for index, word in enumerate(words) if word in _AT[:2]), None)
    if at is None:
        return None
    local = _joined([word for word in words[:at] if word not in _FILLERS])
    domain = _domain(words[at + 1 :])
    return f"{local}@{domain}" if local and domain and "." in domain else None


def digits(text: str) -> str | None:
    """A number spelled digit by digit: at least four of them in a row."""
    best = run = ""
    for word in re.findall(r"[א-ת]+|\d+", plain(text)):
        run = run + (_DIGITS.get(word) or word) if word in _DIGITS or word.isdigit() else ""
        best = max(best, run, key=len)
    return best if len(best) >= 4 else None


def _domain(words: list[str]) -> str:
    letters: list[str] = []
    for word in words:
        if word in _DOT:
            letters.append(".")
        elif word in _SUFFIXES and letters and letters[-1] == ".":
            letters.append(_SUFFIXES[word])
        elif word in _DOMAINS:
            letters.append(_DOMAINS[word])
        else:
            letters.append(_latin(word))
    domain = "".join(letters).strip(".")
    return re.sub(r"\.(?:a|i)l$", ".il", domain)


def _joined(words: list[str]) -> str:
    named = {"נקודה": ".", "דוט": ".", "מקף": "-", "קו": "-", "תחתון": "_", "פלוס": "+"}
    joined = "".join(named.get(word) or _latin(word) for word in words)
    return joined.replace("-_", "_").strip(".-_")


def _latin(word: str) -> str:
    if word in _NAMES:
        return _NAMES[word]
    if word in _LETTERS:
        return _LETTERS[word]
    if word in _DIGITS:
        return _DIGITS[word]
    return "".join(_LATIN.get(letter, letter) for letter in word).lower()

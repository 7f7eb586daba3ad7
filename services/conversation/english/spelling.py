"""E-mail addresses and numbers as they are spelled aloud in English."""

import re

from services.conversation.english.words import NUMBER, normal, number

_WRITTEN = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_SIGNS = {
    "dot": ".",
    "period": ".",
    "point": ".",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "underscore": "_",
    "plus": "+",
}
_BEFORE = frozenset(
    [
        "is",
        "it",
        "its",
        "my",
        "our",
        "the",
        "email",
        "mail",
        "address",
        "to",
        "at",
        "send",
        "that's",
        "that",
        "yes",
        "sure",
        "okay",
        "ok",
        "well",
        "so",
        "me",
        "us",
        "please",
        "write",
        "e",
        "would",
        "be",
        "can",
        "you",
        "use",
        "right",
    ]
)
_ENDS = frozenset(("com", "net", "org", "il", "io", "ai", "uk"))
_DIGITS = re.compile(rf"(?:\b(?:{NUMBER}|oh)\b ?){{3,}}")


def email(text: str) -> str | None:
    """The address that was spelled, or None."""
    written = _WRITTEN.search(text)
    if written:
        return written[0].lower()
    words = normal(text).replace("at sign", "@").replace(" . ", " dot ").split()
    places = [place for place, word in enumerate(words) if word in ("at", "@")]
    for place in reversed(places):
        domain = _domain(words[place + 1 :])
        start = place
        while start > 0 and words[start - 1] not in _BEFORE and words[start - 1] != ",":
            start -= 1
        mailbox = _joined(words[start:place])
        if domain and mailbox:
            return f"{mailbox}@{domain}"
    return None


def digits(text: str) -> str | None:
    """A number spelled digit by digit: at least three in a row, or one written with five."""
    said = normal(text)
    written = re.search(r"\b\d{5,}\b", said)
    if written:
        return written[0]
    spelled = _DIGITS.search(said)
    if spelled is None:
        return None
    found = re.findall(rf"{NUMBER}|oh", spelled[0])
    return "".join("0" if each == "oh" else str(number(each)) for each in found)


def _joined(words: list[str]) -> str:
    return "".join(_SIGNS.get(word, word) for word in words if word != ",").strip(".-_+")


def _domain(words: list[str]) -> str | None:
    """The domain up to its end: what follows it belongs to the sentence."""
    for end, word in enumerate(words, 1):
        following = words[end] if end < len(words) else ""
        if word in _ENDS and end > 2 and words[end - 2] in ("dot", "period", "point") and following not in _SIGNS:
            return _joined(words[:end])
    return "gmail.com" if words[:1] == ["gmail"] else None

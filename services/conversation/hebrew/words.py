"""Words as a speech recogniser writes them: no vowels, little punctuation, glued letters, free spelling."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_VOWELS = re.compile(r"[\u0591-\u05c7]")
_NOT_PLAIN = re.compile(r"[\u0591-\u05c7׳`’״”“–—]")
"""What `plain` changes: a look costs a fraction of doing it, and recognisers hardly write these."""
_MARKS = str.maketrans({"׳": "'", "`": "'", "’": "'", "״": '"', "”": '"', "“": '"', "־": "-", "–": "-", "—": "-"})
_TOKEN = re.compile(
    r"\d{1,2}:\d{2}|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?(?!\d)|\d+|[א-ת]+(?:[\"'][א-ת]+)*'?|[A-Za-z]+|[,.!?;@%+*]"
)
_PAUSES = frozenset(",.!?;")
_QUOTES = re.compile(r"[\"'-]")
_DRAWN_OUT = re.compile(r"([א-ת])\1{2,}")
_THE = re.compile(r"(?<![א-ת])ת'(?=[א-ת])")
_FINALS = str.maketrans("מנצ", "םןץ")
_DIGIT = re.compile(r"\d")
_GLUED_DIGITS = re.compile(r"(?<=[א-ת])-?(?=\d)|(?<=\d)(?=[א-ת])")

LIGHT = ("וכש", "ולכש", "לכש", "וש", "כש", "שה", "ו", "ש")
"""Letters before a word that leave it what it is: and, that, when."""
HEAVY = ("ב", "ל", "מ", "ה", "כ", "מה", "לה", "בה")
"""Letters before a noun: in, to, from, the, as."""
_HEAVY_ALL = tuple(
    sorted({light + heavy for light in ("", "ו", "ש", "כש", "וש") for heavy in HEAVY}, key=len, reverse=True)
)


class Word(NamedTuple):
    """One word of an utterance."""

    text: str
    """As it was written."""
    folded: str
    """In the one spelling that all tables share."""
    pause: bool
    """Whether a comma or a stop stands before it."""


def plain(text: str) -> str:
    """Text without vowel points and with one kind of quotation mark."""
    return _VOWELS.sub("", text.translate(_MARKS)) if _NOT_PLAIN.search(text) else text


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """A word in one spelling: without marks, and with doubled yod and vav written once (מעוניין, צהריים, ווטסאפ).

    What is drawn out is said shortly: כןןן, לאאא. A last letter is one, even if it is not written so: בשתיימ.
    """
    bare = _QUOTES.sub("", word)
    abbreviated, word = bare != word, _DRAWN_OUT.sub(r"\1", bare.lower())
    if len(word) > 2 and not abbreviated:
        word = word[:-1] + word[-1].translate(_FINALS)
    while "יי" in word or "וו" in word:
        word = word.replace("יי", "י").replace("וו", "ו")
    return word


def words(text: str) -> list[Word]:
    """The words of a text, without its punctuation."""
    found: list[Word] = []
    pause = False
    text = plain(text)
    if "ת'" in text:
        text = _THE.sub("את ה", text)
    if _DIGIT.search(text):
        text = _GLUED_DIGITS.sub(" ", text)
    for token in _TOKEN.findall(text):
        if token in _PAUSES:
            pause = True
            continue
        found.append(Word(token, fold(token), pause and bool(found)))
        pause = False
    return found


def word_set(text: str) -> frozenset[str]:
    """The folded words of a table row. `תתקשר(|י|ו)` stands for all three."""
    return frozenset(fold(form) for word in text.split() for form in expand(word))


def listed(text: str) -> frozenset[str]:
    """The words of a table row as they are written."""
    return frozenset(text.split())


def expand(pattern: str) -> Iterable[str]:
    """Every word a pattern with alternatives in brackets stands for."""
    before, bracket, after = pattern.partition("(")
    if not bracket:
        return [pattern]
    inside, _, rest = after.partition(")")
    return [f"{before}{each}{tail}" for each in inside.split("|") for tail in expand(rest)]


def stripped(folded: str) -> Iterable[tuple[str, str]]:
    """What may be left of a word without the letters glued to it, and the last of them if only nouns take it."""
    for prefix in LIGHT:
        if folded.startswith(prefix) and len(folded) > len(prefix) + 1:
            yield folded[len(prefix) :], ""
    for prefix in _HEAVY_ALL:
        if folded.startswith(prefix) and len(folded) > len(prefix) + 1:
            yield folded[len(prefix) :], prefix[-1]

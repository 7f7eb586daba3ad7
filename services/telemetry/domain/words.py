"""Words as they are searched for: without vowel points and quotes, final letters as others, prefixes taken off.

Hebrew writes and, the, in, to, from, that and as into the word that follows. A text is therefore indexed under each
of its words and under what is left of them without such letters, so that a search for a meeting finds "to the
meeting" too. This errs on the side of finding: a word that merely begins with such a letter gets a second form.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_PREFIX = re.compile(r"^(ו?כש|ו?מש|ו?לכש|ו?ש|ו)?(ה|[בכלמ]ה?)?(?=[א-ת]{3})")
"""What may be written before a word: and, when, that; then the, in, as, to, from."""
_HEBREW = re.compile(r"^[א-ת]+$")
_SHORTEST_STEM = 3
_FINALS = str.maketrans("ךםןףץ", "כמנפצ")
_QUOTES = re.compile(r"(?<=[א-ת])[\"'׳״’”](?=[א-ת])|(?<=[א-ת])['׳’]")
"""Geresh and gershayim, however they were typed: they belong to the word."""
_WORD = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"^[\d\s()+.-]+$")
_PHONE_DIGITS = 6


def index_text(texts: Iterable[str | None], phone: str | None = None) -> str:
    """What to index of a call: every word and every form of it, separated by spaces; also the number, both ways."""
    forms = [form for text in texts if text for word in words(text) for form in (word, *stems(word))]
    return " ".join([*forms, *_numbers(phone)])


def query_words(query: str) -> list[str]:
    """The words that a text must all hold. A phone number is one word, however it was written."""
    digits = re.sub(r"\D", "", query)
    if _PHONE.match(query) and len(digits) >= _PHONE_DIGITS:
        return [digits]
    return list(dict.fromkeys(words(query)))


def words(text: str) -> Iterator[str]:
    """The words of a text in their plain form."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(each for each in plain if not unicodedata.combining(each) and unicodedata.category(each) != "Cf")
    for found in _WORD.finditer(_QUOTES.sub("", plain.replace("־", " "))):
        yield found[0].casefold().translate(_FINALS)


def stems(word: str) -> Iterator[str]:
    """What is left of a Hebrew word when letters that may be prefixes are taken off, one after the other."""
    if not _HEBREW.match(word):
        return
    longest = _PREFIX.match(word)
    for taken in range(1, (longest.end() if longest else 0) + 1):
        if len(word) - taken >= _SHORTEST_STEM and _is_prefix(word[:taken]):
            yield word[taken:]


def _is_prefix(letters: str) -> bool:
    found = _PREFIX.match(letters + "אאא")
    return found is not None and found.end() >= len(letters)


def _numbers(phone: str | None) -> list[str]:
    if not phone:
        return []
    digits = phone.lstrip("+")
    return [digits, "0" + digits.removeprefix("972")] if digits.startswith("972") else [digits]

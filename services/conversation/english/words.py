"""English as a speech recogniser writes it, in one spelling; and numbers in words."""

import re

_APOSTROPHES = str.maketrans({"’": "'", "`": "'"})
_TOKEN = re.compile(r"\d{1,2}:\d{2}|\d+(?:st|nd|rd|th)\b|\d+|[a-z]+(?:'[a-z]+)*|[,.;?!@]")
_SPELLINGS = (
    (re.compile(r"\b([ap])\.?\s?m\b\.?"), r"\1m"),
    (re.compile(r"o'clock|o clock"), "oclock"),
    (re.compile(r"\b(can|could|would|do|does|did|is|are|was|wo|has|have|should)n't\b"), r"\1 not"),
    (re.compile(r"\bwo not\b"), "will not"),
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"\bcannot\b"), "can not"),
    (re.compile(r"\b(i|you|we|they)'(?:re|m)\b"), r"\1 are"),
    (re.compile(r"\b(it|that|what|who|where|he|she|there|how)'s\b"), r"\1 is"),
    (re.compile(r"\b(i|you|we|they|it|that)'ll\b"), r"\1 will"),
    (re.compile(r"\b(i|you|we|they)'ve\b"), r"\1 have"),
    (re.compile(r"\b(i|you|we|they)'d\b"), r"\1 would"),
    (re.compile(r"\b(?:um+|uh+|er+|erm|you know|i mean|kind of|sort of)\b"), " "),
    (re.compile(r"[;?!]"), " . "),
)
_ONES = tuple(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"  # noqa: SIM905
    " eighteen nineteen".split()
)
_TENS = {
    name: 10 * ten
    for ten, name in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)  # noqa: SIM905
}
_ORDINALS = {
    name: value
    for value, name in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"  # noqa: SIM905
        " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
} | {"thirtieth": 30}
_UNITS = {name: value for value, name in enumerate(_ONES)} | {"a": 1, "an": 1}

NUMBER = (
    rf"(?:\d+|(?:{'|'.join(_TENS)})(?: (?:{'|'.join(_ONES[1:10])}))?|{'|'.join(sorted(_ONES, key=len, reverse=True))})"
)
"""A pattern for a whole number below a hundred in words, or any in digits."""
ORDINAL = rf"(?:\d+(?:st|nd|rd|th)|(?:(?:twenty|thirty) )?(?:{'|'.join(sorted(_ORDINALS, key=len, reverse=True))}))"
"""A pattern for an ordinal number up to thirty first."""


def normal(text: str) -> str:
    """Words and marks with one space between them, in lower case and without contractions."""
    said = text.translate(_APOSTROPHES).lower()
    for pattern, plain in _SPELLINGS:
        said = pattern.sub(plain, said)
    return " ".join(_TOKEN.findall(said))


def number(words: str) -> int:
    """The value of what `NUMBER` or `ORDINAL` matched, or of `a` and `an`."""
    digits = re.match(r"\d+", words)
    if digits:
        return int(digits[0])
    return sum(_UNITS.get(word, _TENS.get(word, _ORDINALS.get(word, 0))) for word in words.split())


def first_number(text: str) -> int | None:
    """The first number that was said, in words or in digits, up to thousands."""
    said = normal(re.sub(r"(?<=\d),(?=\d{3})", "", text)).replace("-", " ")
    found = re.search(
        rf"\b(?:(?P<much>{NUMBER}|an?) (?P<scale>hundred|thousand)(?: and)?(?: (?P<more>{NUMBER}))?|(?P<one>{NUMBER}))\b",
        said,
    )
    if found is None:
        return None
    if found["one"]:
        return number(found["one"])
    scale = 100 if found["scale"] == "hundred" else 1000
    return number(found["much"]) * scale + (number(found["more"]) if found["more"] else 0)

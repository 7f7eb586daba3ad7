"""Whole numbers in Hebrew words, in either gender."""

_FEMININE = ("אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע", "עשר")
_MASCULINE = ("אפס", "אחד", "שניים", "שלושה", "ארבעה", "חמישה", "שישה", "שבעה", "שמונה", "תשעה", "עשרה")
_TENS = ("", "עשר", "עשרים", "שלושים", "ארבעים", "חמישים", "שישים", "שבעים", "שמונים", "תשעים")
_HUNDREDS = ("", "מאה", "מאתיים", *(f"{unit} מאות" for unit in _FEMININE[3:10]))
_THOUSANDS = (
    "", "אלף", "אלפיים", "שלושת אלפים", "ארבעת אלפים", "חמשת אלפים", "ששת אלפים", "שבעת אלפים", "שמונת אלפים",
    "תשעת אלפים", "עשרת אלפים",
)  # fmt: skip
_LARGE = ((10**9, "מיליארד"), (10**6, "מיליון"))
_MOST = 10**12


def cardinal(number: int, *, masculine: bool = False) -> str:
    """The number as it is counted: feminine by itself, masculine before a masculine noun.

    Numbers of a million millions and more are read digit by digit.
    """
    if number < 0:
        return f"מינוס {cardinal(-number, masculine=masculine)}"
    if number >= _MOST:
        return digits(str(number))
    if number == 0:
        return _FEMININE[0]
    groups: list[str] = []
    rest = number
    for size, name in _LARGE:
        count, rest = divmod(rest, size)
        if count:
            groups.append(name if count == 1 else f"{before_noun(count, masculine=True)} {name}")
    thousands, rest = divmod(rest, 1000)
    if thousands:
        groups.append(_THOUSANDS[thousands] if thousands <= 10 else f"{cardinal(thousands, masculine=True)} אלף")
    hundreds, rest = divmod(rest, 100)
    if hundreds:
        groups.append(_HUNDREDS[hundreds])
    if rest > 19 and rest % 10:
        groups.append(_TENS[rest // 10])
        rest %= 10
    if rest:
        groups.append(_small(rest, masculine=masculine))
    if len(groups) > 1:
        groups[-1] = f"ו{groups[-1]}"
    return " ".join(groups)


_CONSTRUCT = ("שלושת", "ארבעת", "חמשת", "ששת", "שבעת", "שמונת", "תשעת", "עשרת")


def before_noun(number: int, *, masculine: bool, definite: bool = False) -> str:
    """The number as it stands before the noun it counts: two is then שני or שתי, three of definite ones שלושת."""
    if number == 2:
        return "שני" if masculine else "שתי"
    if definite and masculine and 3 <= number <= 10:
        return _CONSTRUCT[number - 3]
    return cardinal(number, masculine=masculine)


def digits(text: str) -> str:
    """Digits one by one, as in a phone number; everything else is left out."""
    return " ".join(_FEMININE[int(each)] for each in text if each in "0123456789")


def _small(number: int, *, masculine: bool) -> str:
    units = _MASCULINE if masculine else _FEMININE
    if number <= 10:
        return units[number]
    if number < 20:
        unit = {11: units[1], 12: "שנים" if masculine else "שתים"}.get(number, units[number - 10])
        return f"{unit} {'עשר' if masculine else 'עשרה'}"
    return _TENS[number // 10]

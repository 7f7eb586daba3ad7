"""Amounts as they are written, and how they are read: money, percents, counts with their nouns, phone numbers."""

import re

from services.conversation.hebrew.cardinals import before_noun, cardinal, digits
from services.conversation.hebrew.nouns import DUALS, counted, definite, masculine
from services.conversation.hebrew.words import listed
from services.conversation.hebrew.written_times import PREFIX

_AMOUNT = r"(?P<number>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<part>\d+))?"
_BIG = r"(?:\s(?P<big>אלף|מיליון|מיליארד))?"
_CURRENCIES = {
    "₪": ("שקל אחד", "שקלים", "אגורות"), "$": ("דולר אחד", "דולר", "סנט"), "€": ("אירו אחד", "אירו", "סנט"),
    "£": ("לירה שטרלינג אחת", "לירות שטרלינג", "פני"),
}  # fmt: skip
_SIGN = r"(?P<sign>[₪$€£])"
_SIGN_FIRST = re.compile(PREFIX + _SIGN + r"\s?" + _AMOUNT + _BIG)
_SIGN_LAST = re.compile(PREFIX + _AMOUNT + _BIG + r"\s?(?:" + _SIGN + r"|(?P<word>שקלים|שקל(?![א-ת])|שח(?![א-ת])))")
_SIGN_ALONE = re.compile(r"(?<=[א-ת])\s?" + _SIGN + r"(?!\s?\d)")
"""חצי מיליון ₪."""
_PERCENT = re.compile(PREFIX + _AMOUNT + r"\s?(?:%|אחוזים|אחוז)(?P<noun>\s+(?!ו|ב|ל|מ|עד|של|או|את|על)[א-ת]{3,})?")
_STAR = re.compile(r"\*\s?(\d{3,6})(?!\d)")
_SERVICE = re.compile(r"(?<![\d-])1-?([5-9])00((?:-?\d){5,6})(?!-?\d)")
_WHOLE_SERVICE = re.compile(r"(?<![\d-])1-?(?:599|919|[5-9]0[1-9])(?:-?\d){6}(?!-?\d)")
_SIGNED = re.compile(
    r"((?<!\S)-(?=\d)|(?<=\d)\s?\+\s?(?=\d)|(?<=\d)\s?[xX×]\s?(?=\d)|(?<![A-Za-z\d])[xX×](?=\d+(?![\dA-Za-z]))|(?<=\d)\s?מ'(?![א-ת])|(?<=\d)\s?°C?)"
)
_SIGNS = {"-": "מינוס ", "+": " פלוס ", "x": "פי ", "×": "פי ", "מ'": " מטר", "°": " מעלות", "°c": " מעלות"}
_PHONE = re.compile(
    r"(?<![\d.,])(?P<prefix>[ובלמהכש]?)-?(?P<plus>\+?972[- ]?)?\(?(?P<area>0?(?:5\d|7\d|[23489]))\)?"
    r"[- .]?(?P<rest>\d{3}[- .]?\d{4}|\d{7})(?!\d)"
)
_NAMED_NUMBER = re.compile(
    r"(?<![א-ת])(?P<name>[בהול]{0,2}(?:תעודת זהות|חברה פרטית|עוסק מורשה|עוסק פטור|קוד(?: [א-ת]+)?|סיסמה|סיסמא|מיקוד|סידורי|פספורט|דרכון|אסמכתא"
    r"|(?:מספר|מס') (?!\d)[א-ת]+(?: [א-ת]+)?|מזהה):?\s)(?P<digits>\d[\d-]{2,}\d)(?![\d.,]\d|\s?[%₪$€])"
)
"""Numbers that are names rather than amounts: they are read digit by digit."""
_LONG_NUMBER = re.compile(r"(?<![\d.,/₪$€-])\d{8,}(?![\d.,/]\d|\s?[%₪$€])")
_BETWEEN = re.compile(
    r"(?P<before>(?<![א-ת\d.,])(?:[ומבלכ]?-?))(?P<low>\d{1,3}(?:,\d{3})*|\d+)(?:\s?%)?(?P<join>\s?[-–]\s?|\s(?:עד|או|ועד|ל-?|מתוך|מכל)\s?)(?=(?:\d[\d,]*)\s?"
    r"(?P<noun>[א-ת]{2,}(?:\"[א-ת])?|[₪$€%]))"
)
"""The first of two numbers that count the same: 5 עד 10 עובדים."""
_ALL_DAY = re.compile(r"(?<!\d)24/7(?!\d)")
_FRACTIONS = {
    "1/2": "חצי",
    "1/3": "שליש",
    "1/4": "רבע",
    "3/4": "שלושה רבעים",
    "2/3": "שני שלישים",
    "½": "חצי",
    "¼": "רבע",
}
_FRACTION = re.compile(r"(?<![\d/])(?:1/2|1/3|1/4|3/4|2/3)(?![\d/])|[½¼]")
_THREE_QUARTERS = re.compile(r"(?<![\d/])3/4 (?=(?:שעה|שנה|יום|מיליון|אחוז)(?![א-ת]))")
_SHORT_BIG = re.compile(r"(?<=\d)\s?([kKM])(?![A-Za-z])")
"""5K, $10k, 2M."""
_PLACE = re.compile(
    r"(?P<noun>(?<![א-ת])[בלמו]{0,2}ה?(?P<bare>[א-ת]{2,})) ה-?(?P<number>\d{1,3})(?![\d,.:/%]|\s[א-ת]*(?:ים|ות)(?![א-ת]))"
)
"""Of several the second, the third: המקום ה-3, בפעם ה-2."""
_SPAN = re.compile(rf"{PREFIX}(?P<low>\d{{1,4}})\s?[-–]\s?(?P<high>\d{{1,4}})(?P<noun>\s[א-ת]+)?(?![\d-])")
_COUNT = re.compile(PREFIX + _AMOUNT + _BIG + r"(?P<more>\+)?(?:\s(?P<noun>[א-ת]+(?![א-ת-])))?")


def read_figures(text: str) -> str:
    """Everything with digits in it that is neither an hour nor a date, in words."""
    whole = text.strip()
    text = _SIGNED.sub(_sign, text)
    text = _WHOLE_SERVICE.sub(lambda match: digits(match[0]), text)
    text = _SERVICE.sub(_service, text)
    text = _PHONE.sub(lambda match: _phone(match, alone=match[0] == whole), text)
    text = _STAR.sub(lambda match: f"כוכבית {digits(match[1])}", text)
    text = _NAMED_NUMBER.sub(lambda match: match["name"] + digits(match["digits"]), text)
    text = _LONG_NUMBER.sub(lambda match: digits(match[0]), text)
    text = _BETWEEN.sub(_first_of_two, text)
    text = _ALL_DAY.sub("עשרים וארבע שבע", text)
    text = _THREE_QUARTERS.sub("שלושת רבעי ", text)
    text = _FRACTION.sub(lambda match: _FRACTIONS[match[0]], text)
    text = _SHORT_BIG.sub(_in_full, text)
    text = _PLACE.sub(_place, text)
    text = _SIGN_FIRST.sub(_money, text)
    text = _SIGN_LAST.sub(_money, text)
    text = _SIGN_ALONE.sub(lambda match: f" {_CURRENCIES[match['sign']][1]}", text)
    text = _PERCENT.sub(_percent, text)
    text = _SPAN.sub(_span, text)
    return _COUNT.sub(_count, text)


def _sign(match: re.Match[str]) -> str:
    after_number = match.start() > 0 and match.string[match.start() - 1].isdigit()
    sign = match[1].strip().lower()
    return " על " if after_number and sign in "x×" else _SIGNS[sign]


def _in_full(match: re.Match[str]) -> str:
    return " אלף" if match[1] in "kK" else " מיליון"


def _place(match: re.Match[str]) -> str:
    number, male = int(match["number"]), masculine(match["bare"])
    if not 0 < number <= len(_PLACES) or match["bare"] in _NO_PLACES:
        said = cardinal(number, masculine=male) if match["bare"] not in _NO_PLACES else None
        return f"{match['noun']} ה{said}" if said else match[0]
    return f"{match['noun']} ה{_PLACES[number - 1][0 if male else 1]}"


_PLACES = (
    ("ראשון", "ראשונה"), ("שני", "שנייה"), ("שלישי", "שלישית"), ("רביעי", "רביעית"), ("חמישי", "חמישית"),
    ("שישי", "שישית"), ("שביעי", "שביעית"), ("שמיני", "שמינית"), ("תשיעי", "תשיעית"), ("עשירי", "עשירית"),
)  # fmt: skip
_NO_PLACES = listed("עד על מעל אל של את בין כל או גם רק לפני אחרי החל תאריך בתאריך ועד")
"""Before these a number with ה is a day of the month or an amount."""


def _number(match: re.Match[str]) -> int:
    return int(match["number"].replace(",", ""))


def _decimal(match: re.Match[str], *, masculine: bool) -> str | None:
    """An amount with a fraction, or None if it has none."""
    part = (match["part"] or "").rstrip("0")
    if not part:
        return None
    whole = cardinal(_number(match), masculine=masculine)
    if part in ("5", "25"):
        half = "חצי" if part == "5" else "רבע"
        return half if _number(match) == 0 else f"{whole} ו{half}"
    return f"{whole} נקודה {digits(part) if part.startswith('0') else cardinal(int(part))}"


def _big(match: re.Match[str]) -> str | None:
    """שלושה מיליון, ארבעה וחצי מיליון: an amount before a large unit, or None without one."""
    if match["big"] is None:
        return None
    number = _number(match)
    if (match["part"] or "").rstrip("0") == "5" and number in (1, 2) and match["big"] != "אלף":
        return f"{match['big']} וחצי" if number == 1 else f"שני {match['big']} וחצי"
    if match["big"] == "אלף" and not match["part"]:
        return cardinal(number * 1000)
    if number == 1 and not match["part"]:
        return match["big"]
    return f"{_decimal(match, masculine=True) or before_noun(number, masculine=True)} {match['big']}"


def _money(match: re.Match[str]) -> str:
    one, many, minor = _CURRENCIES[match["sign"] or "₪"]
    number, part, feminine = _number(match), (match["part"] or "").rstrip("0"), match["sign"] == "£"
    if big := _big(match):
        return f"{match['prefix']}{big} {many}"
    word = match.groupdict().get("word")
    many = word if word and word != "שח" else many
    said = one if number == 1 else f"{before_noun(number, masculine=not feminine)} {many}"
    if part:
        cents = int(part[:2].ljust(2, "0"))
        small = before_noun(cents, masculine=minor != "אגורות") + f" {minor}"
        said = small if number == 0 else f"{said} ו{small}"
    return match["prefix"] + said


def _percent(match: re.Match[str]) -> str:
    number, noun = _number(match), match["noun"] or ""
    if number == 1 and not match["part"]:
        return f"{match['prefix']}אחוז אחד{noun}" if not noun else f"{match['prefix']}אחוז{noun} אחד"
    said = _decimal(match, masculine=True) or before_noun(number, masculine=True)
    few = not noun and not match["part"] and number <= 10
    return f"{match['prefix']}{said} {'אחוזים' if few else 'אחוז'}{noun}"


def _first_of_two(match: re.Match[str]) -> str:
    noun = match["noun"]
    if not (counted(noun) or noun in "₪$€%"):
        return match[0]
    said = cardinal(int(match["low"].replace(",", "")), masculine=noun in "₪$€%" or masculine(noun))
    join = " עד " if match["join"].strip() in ("-", "–") else match["join"]
    return f"{match['before'].removesuffix('-')}{said}{join}"


def _span(match: re.Match[str]) -> str:
    noun = (match["noun"] or "").strip()
    counts = counted(noun)
    male = counts and masculine(noun)
    low, high = int(match["low"]), int(match["high"])
    last = before_noun(high, masculine=male, definite=definite(noun, "")) if counts else cardinal(high)
    return f"{match['prefix']}{cardinal(low, masculine=male)} עד {last} {noun}".rstrip()


def _count(match: re.Match[str]) -> str:
    number, noun, more = _number(match), match["noun"] or "", " פלוס" if match["more"] else ""
    after = f" {noun}" if noun else ""
    if big := _big(match):
        return f"{match['prefix']}{big}{more}{after}"
    if match["number"].startswith("0") and len(match["number"]) > 1:
        return f"{match['prefix']}{digits(match['number'])}{after}"
    male = counted(noun) and masculine(noun)
    if decimal := _decimal(match, masculine=male):
        return match["prefix"] + _halves(match, decimal, noun) + more
    if not counted(noun):
        return f"{match['prefix']}{cardinal(number)}{more}{after}"
    if number == 1:
        return f"{match['prefix']}{_ONE.get(noun, noun)} {'אחד' if male else 'אחת'}"
    if number == 2 and noun in DUALS:
        return match["prefix"] + DUALS[noun]
    following = _WORD.match(match.string, match.end())
    known = definite(noun, following[1] if following else "") and not more
    return f"{match['prefix']}{before_noun(number, masculine=male, definite=known)}{more}{after}"


_WORD = re.compile(r"\s([א-ת]+)")


def _halves(match: re.Match[str], decimal: str, noun: str) -> str:
    """שעה וחצי, שעתיים וחצי; elsewhere the fraction stands before the noun: שלוש וחצי שנים."""
    if (match["part"] or "").rstrip("0") == "5" and noun in _HALVED and _number(match) in (1, 2):
        return f"{_ONE[noun] if _number(match) == 1 else DUALS.get(noun, f'שתי {noun}')} וחצי"
    return f"{decimal} {noun}".rstrip()


_ONE = {
    "דקות": "דקה", "שעות": "שעה", "ימים": "יום", "שבועות": "שבוע", "חודשים": "חודש", "שנים": "שנה",
    "פגישות": "פגישה", "שיחות": "שיחה", "לקוחות": "לקוח", "עובדים": "עובד",
}  # fmt: skip
"""The singular of what is counted most."""
_HALVED = ("דקות", "שעות", "ימים", "שבועות", "חודשים", "שנים")


def _service(match: re.Match[str]) -> str:
    return f"אחת {cardinal(int(match[1]))} מאות {digits(match[2])}"


def _phone(match: re.Match[str], *, alone: bool) -> str:
    """Digit by digit; inside a sentence with a rest between the groups."""
    rest = re.sub(r"\D", "", match["rest"])
    area = match["area"] if match["plus"] or match["area"].startswith("0") else None
    if area is None:
        return match[0]
    groups = [digits(area), digits(rest[:3]), digits(rest[3:])]
    if match["plus"]:
        groups.insert(0, f"פלוס {digits('972')}" if "+" in match["plus"] else digits("972"))
    return match["prefix"] + (" " if alone else ", ").join(groups)

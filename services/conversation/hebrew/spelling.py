"""E-mail addresses and numbers as they are spelled aloud."""

import re
from collections.abc import Sequence
from functools import lru_cache

from services.conversation.hebrew.numerals import number_at
from services.conversation.hebrew.transliteration import latin
from services.conversation.hebrew.words import fold, plain, word_set

_WRITTEN = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_TOKEN = re.compile(r"[א-ת]+(?:['\"][א-ת]*)*|[A-Za-z0-9]+|[@._+-]")
_AT = word_set("שטרודל כרוכית שטרודעל שטרודל' סטרודל אט שטרודים שטרודול שטרוידל at") | {"@"}
_SIGNS = {
    "נקודה": ".", "דוט": ".", "dot": ".", ".": ".", "מקף": "-", "מינוס": "-", "דש": "-", "-": "-", "_": "_",
    "פלוס": "+",
    "אנדרסקור": "_", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-", "plus": "+", "period": ".",
}  # fmt: skip
_LONG_SIGNS = {
    (line, of): sign
    for sign, kinds in {"_": "תחתון תחתי תחתונה", "-": "אמצעי מפריד רגיל"}.items()
    for of in kinds.split()
    for line in ("קו", "מקף")
}
_LETTERS = {
    fold(name): letter
    for letter, names in {
        "a": "איי איה אלף", "b": "בי בית", "c": "סי", "d": "די", "e": "אי", "f": "אף אפ", "g": "ג'י גימל",
        "h": "אייץ' אייץ", "i": "איי",
        "j": "ג'יי", "k": "קיי", "l": "אל", "m": "אם אמ", "n": "אן אנ", "o": "או", "p": "פי", "q": "קיו", "r": "אר",
        "s": "אס", "t": "טי",
        "u": "יו", "v": "וי", "w": "דאבליו", "x": "אקס איקס", "y": "וואי", "z": "זי זד",
    }.items()
    for name in names.split()
}  # fmt: skip
_LETTERS[fold("איי")] = "a"
_DOMAINS = {
    fold(name): said
    for said, names in {
        "gmail": "ג'ימייל גימייל ג'ימיל גי'מייל גימיל ג'מייל גמייל גמיל ג'ימל", "hotmail": "הוטמייל הוטמיל", "walla": "וואלה ואלה",
        "yahoo": "יאהו", "outlook": "אאוטלוק אוטלוק",
        "icloud": "איקלאוד אייקלאוד", "com": "קום com", "net": "נט", "org": "אורג", "co": "קו co", "il": "איל il",
        "io": "איו",
        "ai": "ai", "gov": "גוב",
    }.items()
    for name in names.split()
}  # fmt: skip
_TOP = frozenset({"com", "net", "org", "il", "io", "gov", "ai"})
_NOT_IN_ADDRESS = word_set(
    "המייל מייל במייל האימייל אימייל שלי שלנו זה הוא היא אז תרשום תרשמי תרשמו כתובת הכתובת הדואל טוב כן"
    " שלח תשלח תשלחי תשלחו לשלוח ל לי אליי אל יהיה תכתוב תכתבי תכתבו אה אהה אוקיי בבקשה שלחו אפשר המיילים"
    " לפה רגע תעבירו את שלו שלה המשרד העסק בסדר סבבה זהו כתובתי ה הנה אני ככה ככא למייל לאימייל לכתובת המיל מאיית מאייתת מאית אאיית"
)
_NUMERALS = re.compile(r"[א-ת]+|\d+")
_HUNDREDS = frozenset(("מאה", "מאות"))
_FEWEST = 3
"""Numbers in a row that make a spelled number, rather than an hour."""


def email(text: str) -> str | None:
    """The address that was spelled, in Latin letters, or None."""
    said = plain(text)
    written = _WRITTEN.search(said) if "@" in said else None
    if written:
        return written[0].lower()
    words = [fold(word) if word not in _SIGNS else word for word in _TOKEN.findall(said)]
    if _AT.isdisjoint(words) and _IN_A_PROVIDER.isdisjoint(words):
        return None
    at = next((index for index, word in enumerate(words) if word in _AT), None)
    if at is None:
        words, at = _at_a_provider(words)
    if at is None:
        return None
    start = at
    while start > 0 and (words[start - 1] not in _NOT_IN_ADDRESS or _is_a_letter(words, start - 1)):
        start -= 1
    mailbox = "".join(_characters(words[start:at])).strip(".-_+")
    domain = _domain(words[at + 1 :])
    return f"{mailbox}@{domain}" if mailbox and domain else None


def _at_a_provider(words: list[str]) -> tuple[list[str], int | None]:
    """יוסי נקודה כהן בג'ימייל: the words with an "at" where only "in" was said, and its place."""
    for index, word in enumerate(words):
        name = word.removeprefix("ב")
        apart = word == "ב" and index + 1 < len(words) and words[index + 1] in _PROVIDERS
        if apart or (name != word and _DOMAINS.get(name) in _PROVIDERS):
            spelled = any(each in _SIGNS or each.isdigit() or each.isascii() for each in words[:index])
            if not (spelled or not _MAIL.isdisjoint(words[:index])):
                continue
            return [*words[:index], "@", *([] if apart else [name]), *words[index + 1 :]], index
    return words, None


_PROVIDERS = frozenset(("gmail", "hotmail", "yahoo", "outlook", "icloud", "walla"))
_IN_A_PROVIDER = {"ב", *(f"ב{name}" for name, said in _DOMAINS.items() if said in _PROVIDERS)}
_MAIL = word_set("מייל המייל אימייל האימייל כתובת הכתובת")


def _is_a_letter(words: Sequence[str], index: int) -> bool:
    """Whether a word that is also one of every day is spelled here: קיי אל שטרודל."""
    return words[index] in _LETTERS and index > 0 and words[index - 1] in _LETTERS and words[index - 1] != words[index]


def digits(text: str) -> str | None:
    """A number spelled aloud, digit by digit or in pairs: at least three numbers in a row, or one written with five."""
    words = [fold(word) for word in _NUMERALS.findall(plain(text))]
    if not any(map(_is_of_a_number, words)):
        return None
    best, index = "", 0
    while index < len(words):
        run, count, index = _run(words, index)
        if (count >= _FEWEST or len(run) > 4) and len(run) > len(best):
            best = run
        index += count == 0
    return best or None


@lru_cache(maxsize=4096)
def _is_of_a_number(word: str) -> bool:
    """Whether a number may be told with a word, whatever stands beside it."""
    return word in _HUNDREDS or number_at((word,), 0) is not None


def _run(words: Sequence[str], index: int) -> tuple[str, int, int]:
    """Digits of the numbers from `index` on, how many numbers they were, and the index behind them."""
    run, count = "", 0
    while index < len(words):
        if count and words[index] in ("מקף", "קו", "ואז", "אז", "רווח"):
            index += 1
            continue
        if words[index] in ("פעמים", "דאבל", "כפול") and (twice := number_at(words, index + 1)):
            run, count, index = run + 2 * str(twice.value), count + 1, twice.end
            continue
        if words[index] == "מאה" or (index + 1 < len(words) and words[index + 1] == "מאות"):
            hundreds, index = _hundreds(words, index)
            run, count = run + hundreds, count + 1
            continue
        number = number_at(words, index)
        if number is None or number.prefix not in ("", "ו"):
            break
        run += words[index] if words[index].isdigit() else str(number.value)
        count, index = count + 1, number.end
    return run, count, index


def _hundreds(words: Sequence[str], index: int) -> tuple[str, int]:
    """שלוש מאות ארבעים וחמש: three digits."""
    hundreds = number_at(words, index)
    value = 100 * (hundreds.value if hundreds and words[index] != "מאה" else 1)
    index += 1 if words[index] == "מאה" else 2
    rest = number_at(words, index)
    if rest is not None and rest.value >= 10:
        return str(value + rest.value), rest.end
    if rest is not None and rest.prefix == "ו":
        return str(value + rest.value), rest.end
    return str(value), index


def _characters(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        if word == "כמו":  # b כמו בננה
            index += 2
            continue
        if word in ("ואז", "אז", "אחרכך"):
            index += 1
            continue
        sign = _LONG_SIGNS.get((word, words[index + 1])) if index + 1 < len(words) else None
        if sign is not None:
            found.append(sign)
            index += 2
            continue
        number = None if word.isdigit() else number_at(words, index)
        if word in _SIGNS:
            found.append(_SIGNS[word])
        elif number is not None and number.prefix == "":
            found.append(str(number.value))
            index = number.end
            continue
        else:
            found.append(_LETTERS.get(word) or latin(word))
        index += 1
    return found


def _domain(words: Sequence[str]) -> str | None:
    """The domain up to its end: what follows it belongs to the sentence."""
    found = ""
    index = 0
    while index < len(words):
        word = words[index]
        if word in _SIGNS:
            found += _SIGNS[word].replace("+", "plus")  # which is no sign of a domain
        elif word in ("קום", "com"):
            found += "com" if found.endswith(".") else ".com"
        elif (
            found.endswith((".", ".co"))
            and word in ("אי", "ai", "i")
            and index + 1 < len(words)
            and words[index + 1] in ("אל", "l")
        ):
            found, index = f"{found.removesuffix('.')}.il", index + 1
        elif word == "קו" and found and not found.endswith(".") and words[index + 1 : index + 2] in (["אי"], ["איל"]):
            found += ".co"
        elif found.endswith(".") and word == "אי" and words[index + 1 : index + 2] == ["או"]:
            found, index = found + "io", index + 1
        elif found.endswith(".co") and word in ("איל", "il"):
            found += ".il"
        elif word in _DOMAINS:
            joined = found and not found.endswith(".") and _DOMAINS[word] in _TOP
            found += f".{_DOMAINS[word]}" if joined else _DOMAINS[word]
        elif word in _NOT_IN_ADDRESS:
            break
        else:
            found += "".join(_characters([word]))
        index += 1
        following = words[index] if index < len(words) else ""
        if found.rpartition(".")[2] in _TOP and "." in found and following not in (".", "נקודה", "דוט"):
            break
    found = re.sub(r"\.{2,}", ".", found).strip(".-_")
    if "." not in found:
        return f"{found}.com" if found in ("gmail", "hotmail", "yahoo", "outlook", "icloud") else None
    return found

"""Reading a phone number as somebody wrote it down, and whether a machine may dial it.

`phonenumbers` knows the shapes; it does not know that a 1-700 number costs the callee, that 056 and 059 are served
by Palestinian operators, or that a star number has no E.164 form at all.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, shortnumberinfo
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from contracts.reasons import said

REGION = "IL"
ISRAEL_CODE = 972

_DIALLABLE = (
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
)
_BLOCKED = {
    PhoneNumberType.SHARED_COST: "number_shared_cost",
    PhoneNumberType.TOLL_FREE: "number_toll_free",
    PhoneNumberType.PREMIUM_RATE: "number_premium",
    PhoneNumberType.UAN: "number_company_wide",
    PhoneNumberType.VOICEMAIL: "number_voicemail",
}
_OTHER_OPERATORS = ("56", "59")
_SHORTEST = 7
_AS_MOST_WRITE_IT = re.compile(r"0[2-9](?:[ -]?\d){7,8}", re.ASCII)
"""A number with its area code and nothing else; 01 might begin an international prefix."""
_MOBILE_THIRD_DIGIT_1 = re.compile(r"^5\d1\d{6}$")


@dataclass(frozen=True)
class Number:
    """What a written phone number turned out to be.

    `e164` is None for what is no number. `invalid` and `blocked` say in words what is wrong, or are None.
    """

    written: str
    e164: str | None = None
    country_code: int | None = None
    invalid: str | None = None
    blocked: str | None = None
    zones: tuple[str, ...] = ()
    """Of a foreign number: the time zones it may be in, by their IANA names; none if that is not known."""

    @property
    def foreign(self) -> bool:
        return self.country_code is not None and self.country_code != ISRAEL_CODE


@lru_cache(maxsize=4096)
def read_number(written: str) -> Number:
    """Read a number as dialed from Israel: with or without its country code, spaces, dashes or direction marks."""
    text = _plain(written)
    if not any(each.isdigit() for each in text):
        return Number(written, invalid=said("no_digits"))
    if text.startswith("*") or "#" in text:
        return Number(written, invalid=said("star_number"))
    digits = re.sub(r"\D", "", text)
    if len(digits) < _SHORTEST:
        return Number(written, invalid=_short(digits))
    try:
        found = _parsed(text, digits)
    except NumberParseException as error:
        return Number(written, invalid=said("number_unreadable", fault=_lower(error)))
    kind = phonenumbers.number_type(found)
    if kind == PhoneNumberType.UNKNOWN:  # what phonenumbers calls invalid
        return Number(written, country_code=found.country_code, invalid=_unused(found))
    return Number(
        written,
        e164=phonenumbers.format_number(found, PhoneNumberFormat.E164),
        country_code=found.country_code,
        blocked=_blocked(found, kind),
        zones=() if found.country_code == ISRAEL_CODE else _zones(found),
    )


def _parsed(text: str, digits: str) -> phonenumbers.PhoneNumber:
    """Raises NumberParseException."""
    if _AS_MOST_WRITE_IT.fullmatch(text):  # what is left to find out is no more than the digits
        return phonenumbers.PhoneNumber(country_code=ISRAEL_CODE, national_number=int(digits))
    return phonenumbers.parse(text, REGION)


def _zones(found: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    return tuple(zone for zone in time_zones_for_number(found) if zone != UNKNOWN_TIMEZONE)


def _plain(written: str) -> str:
    """Without the invisible marks that right-to-left text carries around a number."""
    if written.isascii():
        return written.strip()
    normal = unicodedata.normalize("NFKC", written)
    return "".join(each for each in normal if unicodedata.category(each) != "Cf").strip()


def _short(digits: str) -> str:
    if shortnumberinfo.is_emergency_number(digits, REGION):
        return said("emergency_number", digits=digits)
    if digits.startswith("1"):
        return said("public_service_number", digits=digits)
    return said("number_too_short", digits=digits)


def _unused(found: phonenumbers.PhoneNumber) -> str:
    national = str(found.national_number)
    if found.country_code == ISRAEL_CODE and _MOBILE_THIRD_DIGIT_1.match(national):
        return said("number_placeholder", start=national[:3])
    return said("number_impossible")


def _blocked(found: phonenumbers.PhoneNumber, kind: int) -> str | None:
    if found.extension:
        return said("number_extension", extension=found.extension)
    if found.country_code == ISRAEL_CODE and str(found.national_number).startswith(_OTHER_OPERATORS):
        return said("number_other_operators")
    if kind not in _DIALLABLE:
        return said(_BLOCKED.get(kind, "number_no_line"))
    return None


def _lower(error: NumberParseException) -> str:
    text = str(error).rpartition(") ")[2].rstrip(".")
    return text[:1].lower() + text[1:]

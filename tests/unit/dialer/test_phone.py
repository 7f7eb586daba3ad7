"""Which written numbers are phone numbers, and which of those a machine may dial."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from services.dialer.domain.phone import read_number


@pytest.mark.parametrize(
    "written",
    [
        "0542345678",
        "054-234-5678",
        "054 2345678",
        "972542345678",
        "00972542345678",
        "+972 054-2345678",
        "+972-54-234-5678",
        "\u200e+972 54-2345678\u200f",
        "(054) 234.5678",
        "tel: 054-2345678",
        "٠٥٤٢٣٤٥٦٧٨",
    ],
)
def test_one_mobile_number_in_many_spellings(written):
    number = read_number(written)
    assert (number.e164, number.invalid, number.blocked) == ("+972542345678", None, None)


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("03-5234567", "+97235234567"),
        ("02-5001234", "+97225001234"),
        ("089234567", "+97289234567"),
        ("077-2345678", "+972772345678"),
        ("072-2345678", "+972722345678"),
    ],
)
def test_landlines_and_internet_lines_may_be_dialed(written, e164):
    number = read_number(written)
    assert (number.e164, number.blocked) == (e164, None)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("050-1234567", "placeholder"),
        ("052-1234567", "placeholder"),
        ("+972 58-123-4567", "placeholder"),
        ("057-2345678", "no such number"),
        ("050-123456", "no such number"),
        ("05423456789", "no such number"),
        ("*6050", "star"),
        ("054#2345678", "star"),
        ("100", "emergency"),
        ("112", "emergency"),
        ("103", "public-service"),
        ("118", "public-service"),
        ("1212", "public-service"),
        ("5042", "too short"),
        ("", "no phone number"),
        ("call me", "no phone number"),
        ("0542345678 / 035234567", "cannot be read"),
    ],
)
def test_what_is_no_number(written, why):
    number = read_number(written)
    assert number.e164 is None
    assert why in (number.invalid or "")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("059-2345678", "Palestinian"),
        ("+972562345678", "Palestinian"),
        ("1-700-500-123", "1-700"),
        ("1-800-123456", "toll-free"),
        ("1-900-123456", "premium"),
        ("1-599-123456", "access number"),
        ("151-54-2345678", "voicemail"),
        ("054-2345678 ext. 5", "extension 5"),
    ],
)
def test_what_is_a_number_and_must_not_be_dialed(written, why):
    number = read_number(written)
    assert number.e164 is not None
    assert why in (number.blocked or "")


@pytest.mark.parametrize("written", ["+14155550123", "+970592345678"])
def test_a_number_abroad_is_valid_and_foreign(written):
    number = read_number(written)
    assert number.e164 == written
    assert number.foreign


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text):
    number = read_number(text)
    assert (number.e164 is None) == (number.invalid is not None)


@given(st.sampled_from(["50", "52", "53", "54", "55", "58"]), st.integers(2_000_000, 9_999_999))
def test_a_mobile_number_is_the_same_with_and_without_its_country_code(prefix, rest):
    spellings = {f"0{prefix}{rest}", f"+972{prefix}{rest}", f"00972-{prefix}-{rest}", f"972 0{prefix} {rest}"}
    assert len({read_number(each).e164 for each in spellings}) == 1


@given(st.from_regex(r"0[2-9](?:[ -]?[0-9]){7,8}", fullmatch=True))
def test_what_most_people_write_is_the_number_that_phonenumbers_reads(written):
    found = phonenumbers.parse(written, "IL")
    number = read_number(written)
    valid = phonenumbers.is_valid_number(found)
    assert number.e164 == (phonenumbers.format_number(found, PhoneNumberFormat.E164) if valid else None)
    assert (number.invalid is None) == valid

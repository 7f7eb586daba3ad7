"""A phone number as people write it, in the form that messages carry."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

REGION = "IL"


def e164(written: str) -> str:
    """The number in E.164; one without a country is Israeli. Raises ValueError with the cure."""
    try:
        found = phonenumbers.parse(written, REGION)
    except NumberParseException as error:
        raise ValueError(f"{written!r} is no phone number; write it like 054-2345678 or +972542345678") from error
    if not phonenumbers.is_valid_number(found):
        raise ValueError(f"{written!r} is no number that anybody has; write it like 054-2345678 or +972542345678")
    return phonenumbers.format_number(found, PhoneNumberFormat.E164)

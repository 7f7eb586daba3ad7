"""The signature against published vectors, and against the carrier's own library."""

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from simulator.signature import sign

FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]


@pytest.mark.parametrize(
    ("url", "fields", "expected"),
    [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", FORM, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (
            "https://example.com/myapp?bodySHA256=5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9",
            [],
            "hPXmLwIy3Fgqv1i9KPmH/HhQ6zo=",
        ),
        ("wss://voice.example.test/relay?x=1", [], "gI8yRO6qbNoQw6gdGhsBoNc8sPw="),
    ],
)
def test_known_vectors(url: str, fields: list[tuple[str, str]], expected: str) -> None:
    assert sign("12345", url, fields) == expected


def test_the_fragment_is_not_signed() -> None:
    assert sign("12345", "https://a.test/x#rc=3&rp=all", FORM) == sign("12345", "https://a.test/x", FORM)


def test_repeated_names_agree_with_the_library() -> None:
    pairs = [("Tag", "b"), ("Tag", "a"), ("Tag", "b"), ("Name", "ערך"), ("Empty", "")]
    expected = RequestValidator("t").compute_signature("https://a.test/x", MultiDict(pairs))
    assert sign("t", "https://a.test/x", pairs) == expected

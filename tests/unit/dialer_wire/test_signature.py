"""The carrier's signature: the known answers of its own library, and everything that must not pass."""

from typing import Any

import pytest
from starlette.requests import HTTPConnection

from services.dialer.settings import DialerSettings
from services.dialer.signature import Form, Signatures, read_form

CALL = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]


def signatures(public_url: str, **more: Any) -> Signatures:
    return Signatures(
        DialerSettings(
            _env_file=None, twilio_account_sid="AC1", twilio_auth_token="12345", public_url=public_url, **more
        )
    )


def asked(path: str, query: str = "", signature: str | None = None, **headers: str) -> HTTPConnection:
    named = {"x-twilio-signature": signature, **headers}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value is not None]
    return HTTPConnection(
        {"type": "http", "headers": raw, "raw_path": path.encode(), "query_string": query.encode(), "path": "/decoded"}
    )


@pytest.mark.parametrize(
    ("base", "signature"),
    [
        ("https://mycompany.com", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("https://mycompany.com", "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ],
)
def test_known_signatures_of_a_form_pass(base, signature):
    found = signatures(base).of_request(asked("/myapp.php", "foo=1&bar=2", signature), Form(CALL))
    assert found is not None
    assert found.base == base


def test_a_known_signature_of_an_upgrade_passes():
    found = signatures("https://voice.example.test").of_upgrade(asked("/relay", "x=1", "gI8yRO6qbNoQw6gdGhsBoNc8sPw="))
    assert found is not None


def test_an_upgrade_is_not_a_request():
    upgrade = asked("/relay", "x=1", "gI8yRO6qbNoQw6gdGhsBoNc8sPw=")
    assert signatures("https://voice.example.test").of_request(upgrade, Form()) is None


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8",
        "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=",  # SHA-256, a key we have not configured
        "\xff\xfe",
    ],
)
def test_no_other_signature_passes(signature):
    assert (
        signatures("https://mycompany.com").of_request(asked("/myapp.php", "foo=1&bar=2", signature), Form(CALL))
        is None
    )


def test_two_signatures_are_none():
    connection = asked("/myapp.php", "foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    connection.scope["headers"].append((b"x-twilio-signature", b"RSOYDt4T1cUTdK1PDd93/VVr8B8="))
    assert signatures("https://mycompany.com").of_request(connection, Form(CALL)) is None


def test_what_cannot_be_checked_does_not_pass():
    connection = asked("/myapp.php", "", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    del connection.scope["raw_path"]
    assert signatures("https://mycompany.com").of_request(connection, Form(CALL)) is None


def test_a_request_under_the_fallback_url_is_known_as_such():
    spare = signatures("https://other.example", public_fallback_url="https://mycompany.com")
    found = spare.of_request(asked("/myapp.php", "foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="), Form(CALL))
    assert found is not None
    assert found.base == "https://mycompany.com"


def test_a_form_keeps_repeated_and_empty_fields():
    form = read_form("application/x-www-form-urlencoded; charset=UTF-8", b"Tag=b&Tag=a&City=&Name=%D7%A2+x")
    assert form.getlist("Tag") == ["b", "a"]
    assert form["City"] == ""
    assert form["Name"] == "ע x"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("", b"a=1"),
        ("application/x-www-form-urlencoded", b"\xff"),
        ("application/x-www-form-urlencoded", b"a=%FF"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 600)),
    ],
)
def test_what_is_no_form_is_refused(content_type, body):
    with pytest.raises(ValueError):
        read_form(content_type, body)

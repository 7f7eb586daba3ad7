"""What the doctor says of settings between us and the carrier."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from fastapi import FastAPI, Request, Response
from twilio.request_validator import RequestValidator

from messiah import carrier_checks
from messiah.findings import Health
from messiah.serving import listen, serving, url_of
from messiah.system import provision_with
from services.dialer.settings import DialerSettings
from services.runtime.carrier import is_simulated
from services.runtime.errors import Refused

TOKEN = "token-of-the-account"
TWILIO = {
    "twilio_account_sid": "AC1",
    "twilio_auth_token": TOKEN,
    "twilio_from_number": "+97233760000",
    "public_url": "https://messiah.example",
}
NOTHING = dict.fromkeys(TWILIO) | {"public_url": "", "messiah_clock": None, "messiah_port": None}
PIN = "2026-11-22T10:00:00+02:00"


def settings(**given: Any) -> DialerSettings:
    return DialerSettings(**NOTHING | given)


@pytest.mark.parametrize(
    ("given", "health", "says"),
    [
        ({}, Health.ABSENT, "simulator"),
        (TWILIO, Health.GOOD, "AC1"),
        (TWILIO | {"twilio_auth_token": None}, Health.BROKEN, "TWILIO_AUTH_TOKEN"),
        (TWILIO | {"twilio_from_number": None}, Health.BROKEN, "TWILIO_FROM_NUMBER"),
        (TWILIO | {"public_url": ""}, Health.BROKEN, "PUBLIC_URL"),
    ],
)
def test_carrier(given: dict[str, Any], health: Health, says: str) -> None:
    finding = carrier_checks.carrier(settings(**given), simulated=False)
    assert finding.health is health
    assert says in finding.detail


@pytest.mark.parametrize(
    ("url", "simulated", "health"),
    [
        ("", True, Health.ABSENT),
        ("https://messiah.example", False, Health.GOOD),
        ("http://messiah.example", False, Health.BROKEN),  # not encrypted
        ("https://127.0.0.1:8001", False, Health.BROKEN),  # the carrier cannot come here
        ("http://127.0.0.1:8001", True, Health.GOOD),
        ("messiah.example", True, Health.BROKEN),  # no scheme
        ("wss://messiah.example", False, Health.BROKEN),
    ],
)
def test_public_url(url: str, simulated: bool, health: Health) -> None:
    assert carrier_checks.public_url(settings(public_url=url), simulated).health is health


@pytest.mark.parametrize(
    ("pin", "simulated", "health"),
    [(None, False, Health.GOOD), (PIN, True, Health.GOOD), (PIN, False, Health.BROKEN)],
)
def test_clock(pin: str | None, simulated: bool, health: Health) -> None:
    assert carrier_checks.clock(settings(messiah_clock=pin), simulated).health is health


@pytest.mark.parametrize(
    ("url", "simulated"),
    [
        ("http://127.0.0.1:8005", True),
        ("http://localhost:1", True),
        ("http://10.1.2.3", True),
        ("http://8.8.8.8", False),
    ],
)
def test_which_carriers_are_simulated(url: str, simulated: bool) -> None:
    assert is_simulated(settings(**TWILIO, twilio_api_url=url)) is simulated


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def dialer(token: str | None) -> FastAPI:
    """A stand-in that checks signatures with a token, or answers anything."""
    app = FastAPI()

    @app.post("/twilio/status/{call_id}")
    async def status(call_id: str, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        signature = request.headers["X-Twilio-Signature"]
        valid = token is None or RequestValidator(token).validate(str(request.url), form, signature)
        return Response(status_code=204 if valid else 403)

    return app


@pytest.mark.parametrize(
    ("token", "health", "says"),
    [
        (TOKEN, Health.GOOD, "and no other"),
        ("token-of-another-account", Health.BROKEN, "refuses the right signature"),
        (None, Health.BROKEN, "204 to a wrong signature"),
    ],
)
async def test_webhooks(client: aiohttp.ClientSession, token: str | None, health: Health, says: str) -> None:
    listener = listen("127.0.0.1", 0)
    async with serving(dialer(token), listener):
        finding = await carrier_checks.webhooks(settings(**TWILIO | {"public_url": url_of(listener)}), client)
    assert finding.health is health
    assert says in finding.detail


@pytest.mark.parametrize(("given", "health"), [({}, Health.ABSENT), (TWILIO, Health.BROKEN)])
async def test_webhooks_that_nobody_serves(
    client: aiohttp.ClientSession, given: dict[str, Any], health: Health
) -> None:
    finding = await carrier_checks.webhooks(settings(**given | {"public_url": "http://127.0.0.1:1"}), client)
    assert finding.health is health
    assert "messiah serve dialer" in finding.remedy


async def test_a_pinned_clock_is_refused_before_anything_is_declared() -> None:
    with pytest.raises(Refused, match="unset MESSIAH_CLOCK"):
        await provision_with(settings(**TWILIO, messiah_clock=PIN, twilio_api_url="https://8.8.8.8"))

"""Which carriers count as simulated, and which public URLs they may be given."""

import socket

import pytest

from services.dialer.carriers.twilio import TwilioCarrier
from services.dialer.ports.carrier import CarrierMisconfigured
from services.dialer.settings import DialerSettings


def carrier(api: str, public_url: str = "https://calls.example.com", **more: str) -> TwilioCarrier:
    return TwilioCarrier(DialerSettings(_env_file=None, twilio_api_url=api, public_url=public_url, **more))


@pytest.fixture
def resolves(monkeypatch):
    """Have every host resolve to the given addresses."""

    def to(*addresses: str) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    return to


@pytest.mark.parametrize(
    ("addresses", "simulated"),
    [
        (["127.0.0.1"], True),
        (["::1"], True),
        (["10.1.2.3", "192.168.0.9"], True),
        (["172.18.0.5"], True),
        (["54.172.60.1"], False),
        (["10.1.2.3", "54.172.60.1"], False),
        ([], False),
    ],
)
def test_a_carrier_is_simulated_when_all_its_addresses_are_private(resolves, addresses, simulated):
    resolves(*addresses)
    assert carrier("https://api.example.com").simulated is simulated


def test_a_host_that_does_not_resolve_is_not_simulated(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert carrier("https://api.example.com").simulated is False


def test_a_plain_public_url_is_for_simulated_carriers(resolves):
    resolves("127.0.0.1")
    assert carrier("http://simulator:8005", "http://dialer:8001").simulated
    resolves("54.172.60.1")
    with pytest.raises(CarrierMisconfigured, match="PUBLIC_URL must start with https"):
        carrier("https://api.example.com", "http://dialer:8001")
    with pytest.raises(CarrierMisconfigured, match="PUBLIC_URL"):
        carrier("https://api.example.com", "")
    with pytest.raises(CarrierMisconfigured, match="PUBLIC_FALLBACK_URL"):
        carrier("https://api.example.com", public_fallback_url="http://spare")


@pytest.mark.parametrize(
    "url", ["calls.example.com", "wss://calls.example.com", "https://", "https://u:p@host", "https://h/?a=1"]
)
def test_what_is_no_base_of_urls_is_refused(resolves, url):
    resolves("127.0.0.1")
    with pytest.raises(CarrierMisconfigured, match="PUBLIC_URL"):
        carrier("http://127.0.0.1:1", url)

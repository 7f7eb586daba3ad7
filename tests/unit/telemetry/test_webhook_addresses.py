"""Where webhooks may go."""

import pytest

from services.runtime.errors import InvalidMessage
from services.telemetry.exports.addresses import Forbidden, GuardedResolver, check_url, is_allowed

PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946")
PRIVATE = ("127.0.0.1", "10.0.0.7", "192.168.1.1", "172.16.0.1", "::1", "fd00::1", "::ffff:10.0.0.7")
NEVER = (
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:7",
    "2002:7f00:1::",
    "no address",
)


def test_public_addresses_are_allowed_and_private_ones_where_somebody_says_so():
    assert all(is_allowed(each, private=False) and is_allowed(each, private=True) for each in PUBLIC)
    assert not any(is_allowed(each, private=False) for each in PRIVATE)
    assert all(is_allowed(each, private=True) for each in PRIVATE)


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_allowed(address):
    assert not is_allowed(address, private=False)
    assert address == "255.255.255.255" or not is_allowed(address, private=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://169.254.169.254/latest",
        "https://user:word@example.com/hook",
        "https://example.com/hook#part",
        "https://example.com:99999/hook",
        "ftp://example.com",
        "https://",
        "hook",
    ],
)
def test_a_url_that_is_not_one_for_webhooks_is_refused_with_its_cure(url):
    with pytest.raises(InvalidMessage) as refused:
        check_url(url, private=False)
    assert refused.value.field == "url"


def test_public_urls_and_where_allowed_private_ones_are_taken():
    check_url("https://example.com/hook?x=1", private=False)
    check_url("http://receiver:8080/hook", private=True)


async def test_a_name_of_this_machine_is_looked_up_and_given_only_where_allowed():
    assert {each["host"] for each in await GuardedResolver(private=True).resolve("localhost", 80)} <= {
        "127.0.0.1",
        "::1",
    }
    with pytest.raises(Forbidden, match="WEBHOOKS_ALLOW_PRIVATE"):
        await GuardedResolver(private=False).resolve("localhost", 80)

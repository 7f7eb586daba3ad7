"""What `messiah doctor` checks between us and the carrier: account, addresses, signatures, and the clock."""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
from twilio.request_validator import RequestValidator

from messiah.findings import Finding, absent, broken, good
from messiah.ports import DEFAULT_PORT, PORTS
from services.dialer.settings import DialerSettings
from services.runtime.hosts import is_private


def carrier(dialer: DialerSettings, simulated: bool) -> Finding:
    """Who carries the calls, with everything it needs."""
    if dialer.uses_simulator:
        return absent("carrier", "none; a simulator plays it", "set TWILIO_ACCOUNT_SID to call people")
    missing = [
        name.upper() for name in ("twilio_auth_token", "twilio_from_number", "public_url") if not getattr(dialer, name)
    ]
    if missing:
        return broken("carrier", f"TWILIO_ACCOUNT_SID is set without {', '.join(missing)}", f"set {missing[0]}")
    kind = "simulated: a private address" if simulated else "REAL CALLS"
    return good("carrier", f"Twilio account {dialer.account_sid} at {dialer.api_url} ({kind})")


def public_url(dialer: DialerSettings, simulated: bool) -> Finding:
    """The address at which the carrier is to find us fits the carrier."""
    what = "public URL"
    if not dialer.public_url:
        return absent(what, "unset; the process itself, which a simulator finds", "set PUBLIC_URL to call people")
    parts = urlsplit(dialer.public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return broken(what, f"{dialer.public_url!r} is no URL", "set PUBLIC_URL to https://your.host")
    if parts.scheme == "http" and not simulated:
        return broken(what, f"{dialer.public_url} is not encrypted", "set PUBLIC_URL to its https:// address")
    if is_private(parts.hostname) and not simulated:
        return broken(what, f"{parts.hostname} cannot be reached by a carrier", "set PUBLIC_URL to a public address")
    return good(what, dialer.public_url)


def clock(dialer: DialerSettings, simulated: bool) -> Finding:
    """A pinned clock is for carriers that call nobody."""
    if dialer.messiah_clock is None:
        return good("clock", "the real one")
    if not simulated:
        return broken("clock", f"pinned to {dialer.messiah_clock}, with a real carrier", "unset MESSIAH_CLOCK")
    return good("clock", f"pinned to {dialer.messiah_clock}")


def token(dialer: DialerSettings, simulated: bool) -> Finding:
    """Who may use the HTTP API."""
    if dialer.messiah_api_token is None:
        remedy = "set MESSIAH_API_TOKEN to use the API from elsewhere"
        return absent("API token", "none; only this machine and its private network are answered", remedy)
    return good("API token", "asked of everybody")


def privacy(dialer: DialerSettings) -> Finding:
    """Hashes of people who were erased are worth nothing beside their key."""
    what = "privacy"
    if dialer.privacy_secret is not None:
        return good(what, "PRIVACY_SECRET makes the hashes of people who were erased; keep it for ever")
    cure = "set PRIVACY_SECRET to 16 random characters or more before anybody is erased, and never change it"
    return absent(what, "the key to the hashes of people who were erased is kept beside them", cure)


async def account(dialer: DialerSettings, session: aiohttp.ClientSession) -> Finding:
    """The carrier knows the account and its token."""
    what = "carrier account"
    url = f"{dialer.api_url}/2010-04-01/Accounts/{dialer.account_sid}/Calls.json?PageSize=1"
    headers = {"Authorization": aiohttp.encode_basic_auth(dialer.account_sid, dialer.auth_token)}
    try:
        async with session.get(url, headers=headers) as reply:
            if reply.status == 200:
                return good(what, "the carrier accepts the account and its token")
            return broken(
                what, f"{dialer.api_url} answered {reply.status}", "correct TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
            )
    except (aiohttp.ClientError, TimeoutError) as error:
        return broken(what, f"{dialer.api_url} does not answer: {error!r}", "check the network and TWILIO_API_URL")


async def webhooks(dialer: DialerSettings, session: aiohttp.ClientSession) -> Finding:
    """The dialer answers at the public URL, believes the carrier's signature and no other."""
    what = "webhooks"
    bases = [dialer.public_url] if dialer.public_url else own_addresses(dialer)
    sign: Callable[[str, dict[str, str]], str] = RequestValidator(dialer.auth_token).compute_signature

    async def post(base: str, right: bool) -> int:
        url = f"{base}/twilio/status/{uuid4()}"
        form = {"CallSid": "CA" + "0" * 32, "CallStatus": "completed", "AccountSid": dialer.account_sid}
        signature = sign(url, form) if right else "d3Jvbmc="
        async with session.post(url, data=form, headers={"X-Twilio-Signature": signature}) as reply:
            return reply.status

    reached = await first_answer([partial(post, base, False) for base in bases])
    if reached is None:
        where = " or ".join(bases)
        remedy = "start `messiah up` or `messiah serve dialer`, and the tunnel to it if PUBLIC_URL names one"
        if dialer.uses_simulator:
            return absent(what, f"the dialer does not answer at {where}", remedy)
        return broken(what, f"the dialer does not answer at {where}", remedy)
    index, status = reached
    if status != 403:
        return broken(what, f"{bases[index]} answered {status} to a wrong signature", "is this our dialer?")
    status = await post(bases[index], True)
    if status == 403:
        remedy = "give the dialer the same PUBLIC_URL and TWILIO_AUTH_TOKEN as here, and have proxies keep the path"
        return broken(what, f"{bases[index]} refuses the right signature", remedy)
    return good(what, f"{bases[index]} believes the carrier's signature and no other")


def own_addresses(dialer: DialerSettings) -> list[str]:
    """Where the dialer is on this machine, alone or with all the others."""
    ports = [dialer.messiah_port] if dialer.messiah_port else [DEFAULT_PORT, PORTS["dialer"]]
    return [f"http://127.0.0.1:{port}" for port in ports]


async def first_answer(asks: list[Callable[[], Awaitable[int]]]) -> tuple[int, int] | None:
    """The first that answers at all, by its place and with its answer."""
    for index, ask in enumerate(asks):
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            return index, await ask()
    return None

"""Signed requests to the application, with the carrier's time limits, retries and fallbacks."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import aiohttp
from yarl import URL

from simulator import signature
from simulator.settings import Faults

Fields = Sequence[tuple[str, str]]
RETRY_PAUSE_S: Final = 0.3
"""First pause before a retry, doubled each time. The carrier documents no pacing; this stays inside 15 s."""


@dataclass(frozen=True)
class Overrides:
    """The connection settings in a URL's fragment: seconds, number of retries, and what is retried."""

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 15.0
    retries: int = 1
    retried: frozenset[str] = frozenset({"ct"})

    @classmethod
    def parse(cls, fragment: str) -> "Overrides":
        """Read `rc=3&rp=5xx,ct`; values out of their range are brought into it."""
        given = {name: values[-1] for name, values in parse_qs(fragment).items()}

        def milliseconds(name: str, default: int, low: int, high: int) -> float:
            return min(max(int(given.get(name, default)), low), high) / 1000

        policy = frozenset(given.get("rp", "ct").split(","))
        return cls(
            connect_s=milliseconds("ct", 5000, 100, 10000),
            read_s=milliseconds("rt", 15000, 100, 15000),
            total_s=milliseconds("tt", 15000, 100, 15000),
            retries=min(max(int(given.get("rc", 1)), 0), 5),
            retried=frozenset({"4xx", "5xx", "ct", "rt"}) if "all" in policy else policy,
        )


@dataclass(frozen=True)
class Delivery:
    """What came of one webhook: `failure` is `ct`, `rt`, `4xx` or `5xx`, and None when it was accepted."""

    status: int | None
    body: str
    attempts: int
    failure: str | None


class Webhooks:
    """The carrier's HTTP client."""

    def __init__(self, token: str, faults: Callable[[], Faults]) -> None:
        self._token = token
        self._faults = faults
        self._http: aiohttp.ClientSession | None = None

    def token(self) -> str:
        """What requests are signed with at this moment."""
        return "not-the-token" if self._faults().wrong_signature else self._token

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def send(self, url: str, method: str, fields: Fields, token: str | None = None) -> Delivery:
        """Send one webhook, with the retries its URL asks for; never raises for a failing application.

        `token` is the idempotency token, the same for every attempt of one webhook.
        """
        address, _, fragment = url.partition("#")
        overrides = Overrides.parse(fragment)
        fields = [*fields, *self._oddities()]
        headers = {
            "I-Twilio-Idempotency-Token": token or str(uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        body: bytes | None = None
        if method == "GET":
            address += ("&" if "?" in address else "?") + urlencode(fields)
            headers[signature.HEADER] = signature.sign(self.token(), address)
        else:
            body = urlencode(fields).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
            headers[signature.HEADER] = signature.sign(self.token(), address, fields)

        delivery = Delivery(None, "", 0, "rt")
        try:
            async with asyncio.timeout(overrides.total_s):
                for attempt in range(1, overrides.retries + 2):
                    delivery = await self._attempt(address, method, body, headers, overrides, attempt)
                    if delivery.failure not in overrides.retried or attempt > overrides.retries:
                        break
                    await asyncio.sleep(RETRY_PAUSE_S * 2 ** (attempt - 1))
        except TimeoutError:
            pass  # the last attempt's failure stands
        return delivery

    def _oddities(self) -> list[tuple[str, str]]:
        faults = self._faults()
        odd: list[tuple[str, str]] = []
        if faults.extra_fields:
            odd += [("NewFieldOfTomorrow", "ערך חדש & מוזר"), ("EmptyFieldOfTomorrow", "")]
        if faults.repeated_keys:
            odd += [("Tag", "b"), ("Tag", "a"), ("Tag", "b")]
        return odd

    async def _attempt(
        self,
        address: str,
        method: str,
        body: bytes | None,
        headers: dict[str, str],
        overrides: Overrides,
        attempt: int,
    ) -> Delivery:
        limits = aiohttp.ClientTimeout(
            total=None, connect=overrides.connect_s, sock_connect=overrides.connect_s, sock_read=overrides.read_s
        )
        try:
            async with self._client().request(
                method,
                URL(address, encoded=True),
                data=body,
                headers=headers,
                timeout=limits,
                allow_redirects=False,
            ) as reply:
                text = await reply.text()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL):
            return Delivery(None, "", attempt, "ct")
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
            return Delivery(None, "", attempt, "rt")
        accepted = 200 <= reply.status < 300
        return Delivery(reply.status, text, attempt, None if accepted else "5xx" if reply.status >= 500 else "4xx")

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            # A fresh connection each time, so that a dead application shows as a failure to connect.
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))
        return self._http


def record(url: str, kind: str, delivery: Delivery, **more: Any) -> dict[str, Any]:
    """One line for the call's list of webhooks."""
    return {
        "kind": kind,
        "url": url,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "failure": delivery.failure,
        **more,
    }

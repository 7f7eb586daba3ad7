"""Requests to Google's REST API: with a token, tried again where Google asks for it, within a deadline."""

import asyncio
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from services.runtime.errors import Unavailable
from services.scheduler.calendars.google_account import GoogleAccount

URL = "https://www.googleapis.com/calendar/v3"
DEADLINE_S = 30.0
"""For one request with all its repetitions; shorter than a claim."""
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
_ATTEMPTS = 4
_SLOW_DOWN = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "backendError"}


@dataclass(frozen=True, slots=True)
class Reply:
    """A status that was allowed, and the JSON that came with it."""

    status: int
    body: dict[str, Any]


class GoogleWire:
    """One calendar's connections. `backoff_s` is how long to wait before the second attempt; it doubles."""

    def __init__(self, account: GoogleAccount, url: str = URL, backoff_s: float = 0.5) -> None:
        self._account = account
        self._url = url
        self._backoff_s = backoff_s
        self._session: aiohttp.ClientSession | None = None

    @property
    def email(self) -> str | None:
        """Whom a calendar must be shared with, if it is a service account that asks."""
        return self._account.email

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        allow: Collection[int] = (),
    ) -> Reply:
        """The reply if it is good or its status is in `allow`. Raises Unavailable."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._patiently(method, path, params, json, headers or {}, allow)
        except TimeoutError as error:
            raise Unavailable(f"Google does not answer within {DEADLINE_S:.0f} seconds") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _patiently(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        json: object,
        headers: Mapping[str, str],
        allow: Collection[int],
    ) -> Reply:
        said = ""
        for attempt in range(_ATTEMPTS):
            token = await self._account.token(self._open())
            bearer = {"Authorization": f"Bearer {token}", **headers}
            wait_s = self._backoff_s * (1 << attempt) * random.uniform(1, 1.5)  # noqa: S311  jitter
            try:
                async with self._open().request(
                    method, self._url + path, params=params, json=json, headers=bearer
                ) as response:
                    body = await _json(response)
                    if response.status < 300 or response.status in allow:
                        return Reply(response.status, body)
                    said = _said(response.status, body)
                    if response.status == 401:
                        self._account.forget(token)
                        continue
                    if not _passing(response.status, body):
                        break
                    wait_s = max(wait_s, _retry_after(response))
            except aiohttp.ClientError as error:
                said = f"{type(error).__name__} {error}"
            await asyncio.sleep(wait_s)
        raise Unavailable(f"Google refuses {method} of the calendar: {said}")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True)
        return self._session


async def _json(response: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        body = await response.json(content_type=None)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reasons(body: Mapping[str, Any]) -> list[str]:
    error = body.get("error")
    errors = error.get("errors", []) if isinstance(error, dict) else []
    return [str(each.get("reason")) for each in errors]


def _passing(status: int, body: Mapping[str, Any]) -> bool:
    """Whether a refusal may pass by itself."""
    return status == 429 or status >= 500 or (status == 403 and bool(_SLOW_DOWN.intersection(_reasons(body))))


def _said(status: int, body: Mapping[str, Any]) -> str:
    error = body.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    return " ".join(str(each) for each in (status, *_reasons(body), message) if each)


def _retry_after(response: aiohttp.ClientResponse) -> float:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else 0.0

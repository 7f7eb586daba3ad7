"""The HTTP client under the carrier's library: its own one drops its timeout, logs numbers and knows one host only.

Every request opens a connection of its own, so that a failure before anything was sent is known for what it is.
"""

import logging
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from services.runtime.errors import Unavailable
from services.runtime.spans import Spans

DEADLINE_S = 10.0
CONNECT_S = 4.0


class NotSent(Unavailable):
    """No connection could be made, so nothing was asked for."""

    slug = "not-sent"


class NoReply(Unavailable):
    """Something was sent, and no whole reply came within the deadline."""

    slug = "no-reply"


class Transport(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Sends the library's requests to another scheme and host, once each, within 10 seconds."""

    def __init__(self, api_url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._api = urlsplit(api_url)
        self._http: aiohttp.ClientSession | None = None
        self._spans = Spans("dialer")

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request and its whole reply. Raises NotSent or NoReply."""
        with self._spans.span(f"{method} {_resource(url)}", "client"):
            directed = self._directed(url, params)
            return await self._send(method, directed, data, headers or {}, auth, timeout, allow_redirects)

    async def _send(
        self,
        method: str,
        url: URL,
        data: dict[str, object] | None,
        headers: dict[str, str],
        auth: tuple[str, str] | None,
        timeout: float | None,
        allow_redirects: bool,
    ) -> Response:
        try:
            async with self._client().request(
                method,
                url,
                data=urlencode(data, doseq=True).encode() if data else None,
                headers={**headers, **_authorization(auth)},
                timeout=aiohttp.ClientTimeout(total=timeout or DEADLINE_S, sock_connect=CONNECT_S),
                allow_redirects=allow_redirects,
            ) as reply:
                return Response(reply.status, await reply.text(), reply.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotSent(f"cannot connect to {self._api.netloc}: {error.__class__.__name__}") from error
        except (aiohttp.ClientError, OSError, TimeoutError, UnicodeDecodeError) as error:
            raise NoReply(f"no whole reply from {self._api.netloc}: {error.__class__.__name__}") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _directed(self, url: str, params: dict[str, object] | None) -> URL:
        asked = urlsplit(url)
        path = self._api.path.rstrip("/") + asked.path
        query = "&".join(part for part in (asked.query, urlencode(params or {}, doseq=True)) if part)
        return URL(f"{self._api.scheme}://{self._api.netloc}{path}{'?' + query if query else ''}", encoded=True)

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            connector: Any = aiohttp.TCPConnector(force_close=True, limit=0)
            self._http = aiohttp.ClientSession(connector=connector)
        return self._http


def _authorization(auth: tuple[str, str] | None) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(":".join(auth).encode()).decode()} if auth else {}


def _resource(url: str) -> str:
    """What is asked for, without the ids of account, call and recording."""
    return "/".join(part for part in urlsplit(url).path.split("/")[3:] if not part.startswith(("AC", "CA", "RE")))

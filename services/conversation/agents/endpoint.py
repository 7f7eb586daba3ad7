"""Where a model is asked: its connections, and the response to one request as it begins.

The official client knows where to ask and as whom: URL, key, organization, headers. What it does with a request and
with each chunk makes it slow, so requests go over aiohttp's connections, which it would use too, and their bytes are
read by `stream`.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from httpx2 import URL, AsyncClient, create_ssl_context
from openai import AsyncOpenAI
from pydantic_core import to_json

KEPT_S = 300.0
"""How long a connection is kept while nobody asks. A caller may think for long, and no answer shall wait for a
handshake."""
AT_ONCE = 1000
_CURES = {
    401: "check OPENAI_API_KEY",
    403: "the key may not use this model; check the account",
    404: "check the playbook's model name, LLM_MODEL and OPENAI_BASE_URL",
    429: "the account's rate or quota is used up",
}


class Broken(Exception):
    """The answer did not come, or not whole."""


class ModelEndpoint:
    """One OpenAI-compatible endpoint. It retries nothing that was answered: a caller is waiting."""

    def __init__(self, base_url: str | None, api_key: str) -> None:
        """Needs a running loop."""
        trusted = create_ssl_context()
        client = AsyncOpenAI(base_url=base_url, api_key=api_key, http_client=AsyncClient(verify=trusted))
        self._base_url = client.base_url
        self._url = str(self._base_url.join("chat/completions"))
        given = {**client.default_headers, **client.auth_headers}
        self._session = ClientSession(
            connector=TCPConnector(limit=AT_ONCE, keepalive_timeout=KEPT_S, ssl=trusted),
            headers={name: value for name, value in given.items() if isinstance(value, str)},
            timeout=ClientTimeout(total=None),  # whoever asks has deadlines
            cookie_jar=DummyCookieJar(),
            proxy=_proxy(self._base_url),
        )

    async def warm(self, timeout_s: float) -> None:
        """Open a connection before it is needed. Failing is no error: the first request will tell."""
        try:
            async with asyncio.timeout(timeout_s), self._session.get(str(self._base_url.join("models"))) as response:
                await response.read()
        except (ClientError, TimeoutError):
            return

    async def close(self) -> None:
        await self._session.close()

    @asynccontextmanager
    async def asked(self, request: Mapping[str, Any]) -> AsyncGenerator[ClientResponse, None]:
        """The response to a request for a streamed completion, as it begins. Raises Broken if the endpoint refuses, and
        aiohttp's ClientError if it cannot be reached."""
        body = to_json({**request, "stream": True, "stream_options": {"include_usage": True}})
        try:
            response = await self._sent(body)
        except ClientConnectionError:  # nobody is there, or a kept connection was just closed
            response = await self._sent(body)  # over another connection
        async with response:
            if response.status >= 300:  # elsewhere it would be another request
                raise Broken(_refusal(response.status, await response.text(errors="replace")))
            yield response

    async def _sent(self, body: bytes) -> ClientResponse:
        return await self._session.post(self._url, data=body, allow_redirects=False)


async def rest(response: ClientResponse, seconds: float) -> None:
    """Leave what comes meanwhile to the operating system. Reading token by token costs more than all the rest of a
    turn."""
    connection = response.connection  # None once all has come
    transport = connection.transport if connection else None
    if transport is not None:
        transport.pause_reading()
    try:
        await asyncio.sleep(seconds)
    finally:
        if transport is not None and not transport.is_closing():
            transport.resume_reading()


def _proxy(url: URL) -> str | None:
    """The proxy that the environment names for an address."""
    return None if proxy_bypass(url.host) else getproxies().get(url.scheme)


def _refusal(status: int, body: str) -> str:
    cure = _CURES.get(status)
    said = f"the model's endpoint answered {status}: {body[:200]}"
    return f"{said}; {cure}" if cure else said

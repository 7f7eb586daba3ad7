"""Where a model is asked: as whom, over which connections, and the response to one request as it begins.

The official client knows the address and the headers. What it does with a request and with each chunk makes it slow, so
requests go over connections of our own.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from httpx2 import AsyncClient, create_ssl_context
from openai import AsyncOpenAI
from pydantic_core import to_json

from services.conversation.agents.connecting import Connector
from services.conversation.agents.connection import REFUSED, Connection, Deadline, Hear, Lost, Response

KEPT_S = 300.0
"""How long a connection is kept while nobody asks. A caller may think for long, and no answer shall wait for a
handshake."""
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
        self._connector = Connector(str(client.base_url.join("chat/completions")), trusted)
        given = {name.lower(): value for name, value in client.default_headers.items() if isinstance(value, str)}
        given |= {name.lower(): value for name, value in client.auth_headers.items()}
        given |= {"content-type": "application/json"} | self._connector.headers
        self._unsendable = [name for name, value in given.items() if not (value.isascii() and value.isprintable())]
        lines = [f"POST {self._connector.target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        self._head = "\r\n".join([*lines, "content-length: "]).encode("ascii", "replace")
        self._idle: deque[Connection] = deque()
        """Those used last at the end."""

    async def warm(self, timeout_s: float) -> None:
        """Open a connection before it is needed. Failing is no error: the first request will tell."""
        with suppress(OSError, Lost):
            async with asyncio.timeout(timeout_s):
                self._keep(self._kept() or await self._connector.open())

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @asynccontextmanager
    async def asked(
        self, request: Mapping[str, Any], hear: Hear, deadline: Deadline
    ) -> AsyncGenerator[tuple[Connection, Response], None]:
        """The response to a request for a streamed completion, with its first news. A part in bytes is JSON already.
        Raises Broken if the endpoint refuses, Lost or OSError if it cannot be reached, and TimeoutError at the
        deadline."""
        if self._unsendable:
            raise Broken(f"no header may hold what {', '.join(self._unsendable)} holds; check OPENAI_API_KEY")
        body = _json({**request, "stream": True, "stream_options": {"include_usage": True}})
        message = b"%s%d\r\n\r\n%s" % (self._head, len(body), body)
        connection, response = await self._sent(message, hear, deadline)
        try:
            if response.status >= REFUSED:
                with suppress(Lost):
                    await response.end(deadline)
                raise Broken(_refusal(response))
            yield connection, response
        finally:
            if connection.reusable:
                self._keep(connection)
            else:
                connection.close()

    async def _sent(self, message: bytes, hear: Hear, deadline: Deadline) -> tuple[Connection, Response]:
        try:
            return await self._over(self._kept(), message, hear, deadline)
        except TimeoutError:
            raise
        except (Lost, OSError):  # nobody is there, or a kept connection was just closed
            return await self._over(None, message, hear, deadline)

    async def _over(
        self, connection: Connection | None, message: bytes, hear: Hear, deadline: Deadline
    ) -> tuple[Connection, Response]:
        """Send over this connection, or over a new one."""
        if connection is None:
            async with asyncio.timeout_at(deadline()):
                connection = await self._connector.open()
        response = connection.ask(message, hear)
        try:
            await response.first_news(deadline)
        except BaseException:
            connection.close()
            raise
        return connection, response

    def _kept(self) -> Connection | None:
        """A connection that is open, if there is one."""
        oldest = asyncio.get_running_loop().time() - KEPT_S
        while self._idle and (self._idle[0].since < oldest or not self._idle[0].reusable):
            self._idle.popleft().close()
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable:
                return connection
        return None

    def _keep(self, connection: Connection) -> None:
        connection.reusable = True
        connection.since = asyncio.get_running_loop().time()
        self._idle.append(connection)


def _json(request: Mapping[str, Any]) -> bytes:
    parts = (
        b'"%s":%s' % (name.encode(), part if isinstance(part, bytes) else to_json(part))
        for name, part in request.items()
    )
    return b"{%s}" % b",".join(parts)


def _refusal(response: Response) -> str:
    cure = _CURES.get(response.status)
    body = response.refusal[:400].decode(errors="replace")[:200]
    said = f"the model's endpoint answered {response.status}: {body}"
    return f"{said}; {cure}" if cure else said

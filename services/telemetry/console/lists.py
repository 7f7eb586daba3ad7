"""Lists of leads, handed on to the dialer, which is where they are read: over HTTP, because a file is no message."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import aiohttp

from contracts.reasons import said
from services.runtime.errors import Failure, NotFound, Unavailable
from services.telemetry.console.own_pass import OwnPass

SILENT_S = 60.0
BLOCK = 64 * 1024


@dataclass(frozen=True)
class Dialer:
    """Where the dialer's HTTP API is, and what opens it."""

    url: str
    own_pass: OwnPass

    async def send(self, name: str, content: AsyncIterator[bytes], campaign_id: UUID | None) -> dict[str, Any]:
        """Hand in a file, block by block. Returns the upload as the dialer shows it."""
        query = {"campaign_id": str(campaign_id)} if campaign_id else {}
        headers = {"Content-Type": "text/csv", "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return dict(await self._ask("POST", "/leads/upload", params=query, data=content, headers=headers))

    async def upload(self, upload_id: str) -> dict[str, Any]:
        """How far a file has come, and the first of what is wrong in it."""
        return dict(await self._ask("GET", f"/leads/uploads/{upload_id}"))

    async def uploads(self) -> list[dict[str, Any]]:
        """Lists of leads that were handed in, newest first."""
        return list(await self._ask("GET", "/leads/uploads", params={"kind": "leads", "limit": "10"}))

    async def file(self, path: str) -> AsyncIterator[bytes]:
        """A file that the dialer hands out, block by block."""
        try:
            async with await self._session() as session, session.get(self.url.rstrip("/") + path) as reply:
                if reply.status >= 400:
                    raise NotFound("the dialer has no such file")
                async for block in reply.content.iter_chunked(BLOCK):
                    yield block
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._silent(error) from error

    async def _session(self) -> aiohttp.ClientSession:
        return self._opened(await self.own_pass.bearer(self._answers))

    def _opened(self, bearer: str | None) -> aiohttp.ClientSession:
        allowed = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        timeout = aiohttp.ClientTimeout(total=None, sock_read=SILENT_S, sock_connect=5)
        return aiohttp.ClientSession(timeout=timeout, headers=allowed)

    async def _answers(self, bearer: str) -> bool:
        """Whether the dialer lets a token in."""
        async with self._opened(bearer) as session, session.get(f"{self.url.rstrip('/')}/leads/uploads") as reply:
            return reply.status not in (401, 429)

    def _silent(self, error: Exception) -> Unavailable:
        return Unavailable(said("dialer_silent", url=self.url, fault=repr(error)))

    async def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        try:
            async with (
                await self._session() as session,
                session.request(method, self.url.rstrip("/") + path, headers=headers, **more) as reply,
            ):
                if reply.status == 401:
                    raise Failure(said("dialer_closed", url=self.url))
                body: Any = await reply.json(content_type=None)
                if reply.status >= 400:
                    raise Failure(str(body.get("detail") or body))
                return body
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise self._silent(error) from error

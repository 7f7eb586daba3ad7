"""Recordings, played in the console: fetched from the carrier with the account's credentials, which no browser sees."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from services.runtime.errors import NotFound, Unauthorized, Unavailable
from services.telemetry.console.access.logins import COOKIE
from services.telemetry.console.carrier_account import CarrierAccount
from services.telemetry.console.desk import PATH, Desk

CONNECT_S, SILENT_S = 5.0, 20.0
BLOCK = 64 * 1024
_PASSED_ON = ("Content-Type", "Content-Length", "Content-Range", "Accept-Ranges")


def router(desk: Desk) -> APIRouter:
    """GET a recording of a call, by its place among them. It comes before the pages, which take all of the path."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(f"{PATH}/recordings/{{call_id}}/{{place}}")
    async def recording(request: Request, call_id: UUID, place: int) -> StreamingResponse:
        if await desk.logins.visitor(request.cookies.get(COOKIE)) is None:
            raise Unauthorized(f"log in at {PATH}/login first")
        recordings = (await desk.archive.record(call_id)).recordings
        if not 0 <= place < len(recordings) or not desk.account.keeps(recordings[place].url):
            raise NotFound("there is no such recording at the carrier whose account is set")
        return await _fetched(desk.account, recordings[place].url, request.headers.get("range"))

    return routes


async def _fetched(account: CarrierAccount, url: str, part: str | None) -> StreamingResponse:
    """The recording, or the part of it that a player asks for, block by block."""
    path = urlsplit(url).path
    address = url if "." in path.rpartition("/")[2] else f"{url}.mp3"
    token = account.token.get_secret_value() if account.token else ""
    session = aiohttp.ClientSession(
        headers={"Authorization": aiohttp.encode_basic_auth(account.sid or "", token)},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENT_S),
        auto_decompress=False,
    )
    try:
        reply = await session.get(address, headers={"Range": part} if part else {}, allow_redirects=False)
    except (aiohttp.ClientError, TimeoutError) as error:
        await session.close()
        raise Unavailable(f"the carrier does not hand out the recording: {error!r}") from error
    if reply.status not in (200, 206):
        await session.close()
        if reply.status == 404:
            raise NotFound("the carrier has no such recording any more")
        raise Unavailable(f"the carrier answered {reply.status}; check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")

    async def blocks() -> AsyncIterator[bytes]:
        try:
            async for block in reply.content.iter_chunked(BLOCK):
                yield block
        finally:
            await session.close()

    headers = {name: reply.headers[name] for name in _PASSED_ON if name in reply.headers}
    headers["Cache-Control"] = "private, no-store"
    return StreamingResponse(blocks(), reply.status, headers, background=BackgroundTask(session.close))

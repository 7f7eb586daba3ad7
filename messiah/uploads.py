"""Lists of leads and numbers handed to the dialer over HTTP, with their progress and what is wrong in them."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from messiah.ports import DEFAULT_PORT, PORTS
from messiah.terminal import Screen
from services.runtime.errors import Failure, InvalidMessage, Unavailable
from services.runtime.settings import RuntimeSettings

TIMEOUT_S = 60.0
"""How long the dialer may be silent."""
POLL_S = 0.3
_COUNTED = ("accepted", "unchanged", "refused", "duplicates", "remarks")


class Dialer:
    """The HTTP API of the dialer."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def get(self, path: str, query: dict[str, str] | None = None) -> bytes:
        """What is there. Raises Failure with the dialer's own words."""
        async with self._session.get(self._url + path, params=query) as reply:
            return await _body(reply)

    async def post(self, path: str, body: dict[str, Any]) -> bytes:
        async with self._session.post(self._url + path, json=body) as reply:
            return await _body(reply)

    async def send(self, path: str, file: Path, query: dict[str, str]) -> dict[str, Any]:
        """Hand in a file, block by block. Returns the upload."""
        headers = {
            "Content-Type": "text/csv",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        }
        with file.open("rb") as content:
            async with self._session.post(self._url + path, params=query, data=content, headers=headers) as reply:
                found: dict[str, Any] = await _json(reply)
        return found

    async def upload(self, upload_id: str) -> dict[str, Any]:
        """How far a file has come."""
        async with self._session.get(f"{self._url}/leads/uploads/{upload_id}") as reply:
            return await _json(reply)


@asynccontextmanager
async def dialer(url: str | None) -> AsyncIterator[Dialer]:
    """The dialer at `url`, else at MESSIAH_URL, else where `up` and `serve dialer` put it on this machine. Raises
    Unavailable with the cure."""
    settings = RuntimeSettings()
    given = url or os.environ.get("MESSIAH_URL")
    ports = [settings.messiah_port] if settings.messiah_port else [DEFAULT_PORT, PORTS["dialer"]]
    urls = [given.rstrip("/")] if given else [f"http://127.0.0.1:{port}" for port in ports]
    token = settings.messiah_api_token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=None, sock_read=TIMEOUT_S, sock_connect=TIMEOUT_S)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        for each in urls:
            try:
                async with session.get(f"{each}/leads", params={"limit": "1"}) as reply:
                    if reply.status == 404:
                        continue
            except (aiohttp.ClientConnectionError, TimeoutError):
                continue
            yield Dialer(session, each)
            return
        raise Unavailable(
            f"the dialer does not answer at {' or '.join(urls)}: start it with `messiah up`, or give its address with "
            "--url or MESSIAH_URL"
        )


async def hand_in(path: str, file: Path, query: dict[str, str], url: str | None, screen: Screen) -> bool:
    """Hand in a list and show how far it has come, and what is wrong in it. Returns whether all of it could be used.
    Raises InvalidMessage if there is no such file."""
    if not file.is_file():  # noqa: ASYNC240  nobody else is served here
        raise InvalidMessage(f"there is no file {file}")
    async with dialer(url) as server:
        with Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %")) as bar:
            task = bar.add_task(file.name, total=1.0)
            upload = await _until_over(server, await server.send(path, file, query), bar, task)
        _show(upload, screen)
        return upload["state"] == "finished" and not upload["refused"]


async def _until_over(server: Dialer, upload: dict[str, Any], bar: Progress, task: TaskID) -> dict[str, Any]:
    while upload["state"] not in ("finished", "failed"):
        bar.update(task, completed=upload["progress"], description=f"{upload['rows']:,} rows")
        await asyncio.sleep(POLL_S)
        upload = await server.upload(upload["upload_id"])
    bar.update(task, completed=upload["progress"], description=f"{upload['rows']:,} rows")
    return upload


def _show(upload: dict[str, Any], screen: Screen) -> None:
    if upload["problem"]:
        screen.say(upload["problem"], "red")
        return
    counted = ", ".join(f"{upload[name]:,} {name}" for name in _COUNTED if upload[name])
    screen.say(f"{upload['rows']:,} rows: {counted or 'nothing in them'}")
    if upload["ignored"]:
        screen.say(f"not read: {', '.join(upload['ignored'])}", "yellow")
    for each in upload["problems"]:
        where = f"line {each['line']}" + (f", {each['column']}" if each["column"] else "")
        cure = f"; {each['cure']}" if each["cure"] else ""
        screen.say(f"{where}: {each['problem']}{cure}", "yellow" if each["only_remark"] else "red")
    if len(upload["problems"]) < upload["refused"] + upload["remarks"]:
        screen.say(f"more in `messiah lead report {upload['upload_id']}`")


async def _json(reply: aiohttp.ClientResponse) -> dict[str, Any]:
    if reply.status >= 400:
        await _body(reply)
    found: dict[str, Any] = await reply.json()
    return found


async def _body(reply: aiohttp.ClientResponse) -> bytes:
    if reply.status >= 400:
        try:
            detail = (await reply.json(content_type=None))["detail"]
        except (ValueError, KeyError, TypeError):
            detail = await reply.text()
        raise Failure(f"the dialer answered {reply.status}: {detail}")
    return await reply.read()

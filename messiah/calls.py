"""`messiah calls`: finished and running calls, asked of telemetry over HTTP."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from rich.table import Table

from contracts.values import Speaker
from messiah.narration import AGENT, CALLER, moment
from messiah.system import DEFAULT_PORT, PORTS
from messiah.terminal import Screen
from services.runtime.clock import ISRAEL
from services.runtime.errors import Failure, Unavailable
from services.runtime.settings import RuntimeSettings
from services.telemetry.domain.call_record import CallRecord
from services.telemetry.queries import CallPage

TIMEOUT_S = 10.0


class Telemetry:
    """The HTTP API of telemetry, wherever it runs: all in one process, or a process of its own."""

    def __init__(self, session: aiohttp.ClientSession, urls: list[str]) -> None:
        self._session = session
        self._urls = urls

    async def page(self, filters: dict[str, str]) -> CallPage:
        """The newest calls. Raises Unavailable with the cure."""
        return CallPage.model_validate_json(await self._get("/calls", filters))

    async def record(self, call_id: str) -> CallRecord:
        """One call. Raises Failure with telemetry's own words if there is none."""
        return CallRecord.model_validate_json(await self._get(f"/calls/{call_id}", {}))

    async def _get(self, path: str, query: dict[str, str]) -> bytes:
        for url in self._urls:
            try:
                async with self._session.get(url + path, params=query) as reply:
                    if reply.status < 400:
                        return await reply.read()
                    raise Failure(f"{url} answered {reply.status}: {await _detail(reply)}")
            except (aiohttp.ClientConnectionError, TimeoutError):
                continue
        raise Unavailable(
            f"telemetry does not answer at {' or '.join(self._urls)}: start it with `messiah up`, or "
            "give its address with --url or MESSIAH_URL"
        )


@asynccontextmanager
async def telemetry(url: str | None) -> AsyncIterator[Telemetry]:
    """Telemetry at `url`, else at MESSIAH_URL, else where `up` and `serve telemetry` put it on this machine."""
    settings = RuntimeSettings()
    given = url or os.environ.get("MESSIAH_URL")
    ports = [settings.messiah_port] if settings.messiah_port else [DEFAULT_PORT, PORTS["telemetry"]]
    urls = [given.rstrip("/")] if given else [f"http://127.0.0.1:{port}" for port in ports]
    token = settings.messiah_api_token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        yield Telemetry(session, urls)


def show_page(page: CallPage, screen: Screen) -> None:
    """Calls, newest first: as columns in a terminal, separated by tabs in a pipe."""
    rows = [
        (
            str(call.call_id),
            call.began_at.astimezone(ISRAEL).strftime("%Y-%m-%d %H:%M"),
            screen.mixed(call.lead_name or call.lead_id or "-"),
            call.outcome or call.state,
            call.disposition or "-",
            f"{call.duration_s:.0f}",
        )
        for call in page.items
    ]
    if not screen.console.is_terminal:
        for row in rows:
            screen.row(*row)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("call", no_wrap=True)
    for name in ("began", "lead", "outcome", "disposition", "s"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    screen.console.print(table)
    if page.next_cursor:
        screen.say(f"more: messiah calls list --cursor {page.next_cursor}", "dim")


def show_record(record: CallRecord, screen: Screen) -> None:
    """One call: what came of it, and every word of it."""
    rows = [
        ("Lead", record.lead.name or record.lead_id or "?"),
        ("State", record.state),
        ("Outcome", record.outcome or "-"),
        ("Disposition", record.disposition or "-"),
        ("Began", moment(record.started_at) if record.started_at else "-"),
        ("Duration", f"{record.duration_s:.1f} s"),
    ]
    if record.meeting:
        rows.append(("Meeting", f"{moment(record.meeting.start)} with {record.meeting.representative_name}"))
    if record.callback:
        rows.append(("Call back", moment(record.callback.start)))
    rows += [(key, value) for key, value in record.answers.items()]
    if record.error:
        rows.append(("Error", record.error))
    screen.panel(str(record.call_id), rows)
    for line in record.transcript:
        agent = line.speaker is Speaker.AGENT
        cut = " (נקטע)" if line.interrupted else ""
        screen.hebrew(f"{AGENT if agent else CALLER}: {line.text}{cut}", "cyan" if agent else "green")


async def _detail(reply: aiohttp.ClientResponse) -> str:
    """What a problem+json says, or else the start of whatever was sent."""
    try:
        problem: Any = await reply.json(content_type=None)
        return str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return (await reply.text())[:200]

"""`messiah calls`, `stats` and `export`: what telemetry knows, asked over HTTP and shown."""

import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import TypeAdapter
from rich.table import Table

from contracts.values import Speaker
from messiah.narration import AGENT, CALLER, moment
from messiah.ports import DEFAULT_PORT, PORTS
from messiah.terminal import Screen
from services.runtime.clock import ISRAEL
from services.runtime.errors import Failure, Unavailable
from services.runtime.settings import RuntimeSettings
from services.telemetry.domain.call_record import CallRecord
from services.telemetry.queries import CallPage, KeptEvent, Statistics

TIMEOUT_S = 10.0
SILENT = (aiohttp.ClientConnectionError, TimeoutError)
NOT_THERE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""Nothing was sent, so that a request that changes something may be sent elsewhere."""
"""How long telemetry may be silent."""
CHUNK = 64 * 1024
_ENVELOPE = ("event_id", "occurred_at", "correlation_id", "causation_id", "call_id")
_EVENTS = TypeAdapter(list[KeptEvent])


class Telemetry:
    """The HTTP API of telemetry, wherever it runs: all in one process, or a process of its own."""

    def __init__(self, session: aiohttp.ClientSession, urls: list[str]) -> None:
        self._session = session
        self._urls = urls

    async def page(self, filters: dict[str, str]) -> CallPage:
        """Calls. Raises Unavailable with the cure, Failure with telemetry's own words for a query it refuses."""
        return CallPage.model_validate_json(await self._get("/calls", filters))

    async def record(self, call_id: str) -> CallRecord:
        """One call. Raises Failure with telemetry's own words if there is none."""
        return CallRecord.model_validate_json(await self._get(f"/calls/{call_id}", {}))

    async def events(self, call_id: str) -> list[KeptEvent]:
        """Every fact of a call in order. Raises Failure if there is no such call."""
        return _EVENTS.validate_json(await self._get(f"/calls/{call_id}/events", {}))

    async def statistics(self, query: dict[str, str]) -> Statistics:
        """How well calls went."""
        return Statistics.model_validate_json(await self._get("/results/statistics", query))

    async def download(self, query: dict[str, str], file: Path | None) -> None:
        """Results as CSV into a file, or to standard output. An answer cut short raises and leaves no file."""
        partial = file and file.with_name(file.name + ".part")
        async with self._ask("/results/download", query) as reply:
            with partial.open("wb") if partial else contextlib.nullcontext(sys.stdout.buffer) as out:
                async for piece in reply.content.iter_chunked(CHUNK):
                    out.write(piece)
        if file and partial:
            partial.replace(file)

    async def ask(self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None) -> bytes:
        """Any request and its answer. Raises Unavailable with the cure, Failure with telemetry's own words."""
        async with self._ask(path, query or {}, method, body) as reply:
            return await reply.read()

    async def _get(self, path: str, query: dict[str, str]) -> bytes:
        async with self._ask(path, query) as reply:
            return await reply.read()

    @asynccontextmanager
    async def _ask(
        self, path: str, query: dict[str, str], method: str = "GET", body: Any = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer of the first address that gives one."""
        elsewhere = SILENT if method == "GET" else NOT_THERE
        for url in self._urls:
            try:
                reply = await self._session.request(method, url + path, params=query, json=body)
            except elsewhere:
                continue
            async with reply:
                if reply.status >= 400:
                    raise Failure(f"{url} answered {reply.status}: {await _detail(reply)}")
                try:
                    yield reply
                except (aiohttp.ClientError, TimeoutError) as error:
                    raise Unavailable(f"{url} broke off its answer ({error!r}); try again") from error
            return
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
    timeout = aiohttp.ClientTimeout(sock_connect=TIMEOUT_S, sock_read=TIMEOUT_S)
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
    if record.interest:
        rows.append(("Interest", record.interest))
    if record.playbook:
        rows.append(("Playbook", " ".join(filter(None, (record.playbook.name, record.playbook.variant)))))
    rows += [(key, value) for key, value in record.answers.items()]
    if record.objections:
        rows.append(("Objections", ", ".join(record.objections)))
    if record.summary:
        rows.append(("Summary", record.summary))
    rows += [("Recording", recording.url) for recording in record.recordings]
    if record.cost:
        rows.append(("Cost", _priced(record.cost.total, record.cost.currency)))
        rows += [
            (f"  {item.what}", f"{item.quantity:g} {item.unit}: {_priced(item.amount, item.currency)}")
            for item in record.cost.items
        ]
    if record.error:
        rows.append(("Error", record.error))
    screen.panel(str(record.call_id), rows)
    for line in record.transcript:
        agent = line.speaker is Speaker.AGENT
        cut = " (נקטע)" if line.interrupted else ""
        screen.hebrew(f"{AGENT if agent else CALLER}: {line.text}{cut}", "cyan" if agent else "green")


def show_events(events: Sequence[KeptEvent], screen: Screen) -> None:
    """Facts in their order: when, which, and what they say."""
    for event in events:
        said = {name: value for name, value in event.body.items() if name not in _ENVELOPE}
        text = json.dumps(said, ensure_ascii=False)
        at = event.stored_at.astimezone(ISRAEL)
        screen.say(f"{at:%H:%M:%S.%f} {event.stream}/{event.sequence} {event.kind} {text}", "dim")


def _priced(amount: float | None, currency: str | None) -> str:
    return "unknown" if amount is None else f"{amount:.4f} {currency or ''}".rstrip()


async def _detail(reply: aiohttp.ClientResponse) -> str:
    """What a problem+json says, or else the start of whatever was sent."""
    try:
        problem: Any = await reply.json(content_type=None)
        return f"{problem['field']}: {problem['detail']}" if "field" in problem else str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return (await reply.text())[:200]

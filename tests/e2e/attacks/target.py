"""A whole system in a thread of its own, as somebody attacks it over HTTP who knows its ids and holds every token."""

import asyncio
import http.client
import json
import logging
import threading
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from messiah.system import System
from services.runtime import tokens
from services.runtime.broker import Broker
from services.runtime.security import Bearer, Scope
from services.scheduler.domain.letter import Audience
from services.scheduler.domain.link import LinkSigner, MeetingLink
from tests.e2e.attacks.openapi import Document, Known
from tests.e2e.conftest import SPEED, settings

T = TypeVar("T")

LINKS_SECRET = "a secret of the fuzz test's links"
NOBODY = "00000000-0000-7000-8000-000000000000"
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Answer:
    """What came back. Of an answer without an end only that it began."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def told(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Target:
    """The system, seen from outside."""

    def __init__(self, system: System, bearers: Mapping[str, str]) -> None:
        self.system = system
        self._loop = asyncio.get_running_loop()
        self.bearers = bearers
        """Tokens by the scope they have."""
        place = urlsplit(system.http_url)
        self._host, self._port = str(place.hostname), place.port
        self._connection = self._connect()
        self._seen: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=40))
        self.log: deque[dict[str, Any]] = deque(maxlen=20_000)
        self.errors: deque[str] = deque(maxlen=3)
        """What the system last complained of, with the traceback."""

    def logged(self, phrases: Sequence[str]) -> list[str]:
        """What the system has logged, since the last time, that begins with one of these phrases."""
        found = [str(each) for each in self.log if str(each.get("event", "")).startswith(tuple(phrases))]
        self.log.clear()
        return found

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the system's own thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def until(self, fact: Callable[[], bool]) -> None:
        """Wait for something to become true."""

        async def come_true() -> None:
            while not await asyncio.to_thread(fact):
                await asyncio.sleep(0.01)

        self.run(come_true())

    def document(self) -> Document:
        return Document(self.ask("GET", "/openapi.json").told)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request, whatever is in it, and read its answer."""
        try:
            return self._ask(method, path, body, headers or {})
        except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):  # closed since the last answer
            self._renew()
            return self._ask(method, path, body, headers or {})

    def tell(self, method: str, path: str, body: Any = None) -> Any:
        """What an administrator is answered, where no error is expected."""
        headers = {"Authorization": f"Bearer {self.bearers['admin']}", "Content-Type": "application/json"}
        answer = self.ask(method, path, None if body is None else json.dumps(body).encode(), headers)
        assert answer.status < 300, answer
        return self.learn(answer.told)

    def learn(self, told: Any) -> Any:
        """Keep every id in an answer, for requests to come."""
        parts = told.items() if isinstance(told, dict) else ()
        for name, value in parts:
            if isinstance(value, str) and 0 < len(value) < 300:
                self._seen[name].append(value)
        for each in told if isinstance(told, list) else [value for _, value in parts]:
            if isinstance(each, (dict, list)):
                self.learn(each)
        return told

    def known(self, name: str, index: int) -> str:
        """One of the ids seen under a name."""
        aliases = {
            "representative": "representative_id",
            "cursor": "next_cursor",
            "after": "lead_id",
            "search": "phone",
        }
        seen = self._seen.get(name) or self._seen.get(aliases.get(name, "")) or ()
        return seen[index % len(seen)] if seen else NOBODY

    def filled(self, value: Any) -> Any:
        """The value with ids for what stands for them."""
        if isinstance(value, Known):
            return self.known(value.name, value.index)
        if isinstance(value, dict):
            return {name: self.filled(each) for name, each in value.items()}
        return [self.filled(each) for each in value] if isinstance(value, list) else value

    def know(self, name: str, value: str) -> None:
        self._seen[name].append(value)

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = self._connection
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value.encode("latin-1"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        if fields.get("content-type", "").startswith("text/event-stream"):
            self._renew()
            return Answer(answer.status, fields, b"")
        return Answer(answer.status, fields, answer.read())

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE_S)

    def _renew(self) -> None:
        self._connection.close()
        self._connection = self._connect()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def attacked(var: Path, **given: Any) -> Iterator[Target]:
    """Run a system while the block runs, with a lead, a campaign, a meeting and a file in it."""
    ready: list[Target] = []
    started, done = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        async with _running(var, given) as target:
            ready.append(target)
            started.set()
            await done.wait()

    def run() -> None:
        try:
            asyncio.run(main())
        finally:
            started.set()

    thread = threading.Thread(target=run, name="attacked system")
    thread.start()
    started.wait(PATIENCE_S)
    complaints = _Complaints()
    configured = structlog.get_config()
    try:
        (target,) = ready

        def keep(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
            target.log.append(dict(event))
            return event

        structlog.configure(processors=[keep, *configured["processors"]])
        complaints.of = target.errors
        logging.getLogger().addHandler(complaints)
        _fill(target)
        yield target
        target.close()
    finally:
        logging.getLogger().removeHandler(complaints)
        structlog.configure(**configured)
        if loops:
            loops[0].call_soon_threadsafe(done.set)
        thread.join(PATIENCE_S)


@asynccontextmanager
async def connected(nats_url: str) -> AsyncIterator[Broker]:
    """A connection of an attacker's, or an operator's, own."""
    broker = Broker(nats_url, "attacker")
    await broker.connect()
    try:
        yield broker
    finally:
        await broker.close()


@asynccontextmanager
async def _running(var: Path, given: Mapping[str, Any]) -> AsyncIterator[Target]:
    unlimited = dict.fromkeys(("http_reads_per_minute", "http_writes_per_minute", "http_failures_per_minute"), 0)
    ours = settings(var, **unlimited, links_secret=LINKS_SECRET, **given)
    async with System.start(simulator={"speed": SPEED}, **ours) as system:
        async with connected(system.nats_url) as broker:
            bearers = {each.value: (await tokens.create(broker, each.name, frozenset({each})))[1] for each in Scope}
        watch = system.services["dialer"].tokens
        async with asyncio.timeout(PATIENCE_S):
            while any(watch.known is None or tokens.split(each)[0] not in watch.known for each in bearers.values()):
                await asyncio.sleep(0.01)
        yield Target(system, bearers)


def _fill(target: Target) -> None:
    """Something of every kind, so that not every question ends at what is not there."""
    plan = {"name": "fuzz", "filter": {}}
    campaign = target.tell("POST", "/campaigns", plan)
    lead = {"name": "דנה", "phone": "0542345678", "campaign_id": campaign["campaign_id"]}
    target.tell("POST", "/leads", lead)
    for path in ("/playbooks", "/representatives", "/slots?count=9"):
        target.tell("GET", path)
    slot = target.known("slot_id", 0)
    meeting = target.tell("POST", "/meetings", {"slot_id": slot, "lead": {"name": "דנה"}, "phone": "0542345678"})
    feed = target.tell("GET", f"/representatives/{meeting['representative_id']}/feed")
    target.know("token", feed["url"].rpartition("/")[2].removesuffix(".ics"))
    signer = LinkSigner(LINKS_SECRET)
    for audience in Audience:
        link = MeetingLink(UUID(meeting["meeting_id"]), audience, datetime.fromisoformat(meeting["start"]))
        target.know("token", signer.sign_meeting(link))
    endpoint = {"url": "https://hooks.example/x", "events": ["*"]}
    headers = {"Authorization": f"Bearer {target.bearers['admin']}", "Content-Type": "application/json"}
    answer = target.ask("POST", "/webhooks", json.dumps(endpoint).encode(), headers)
    if answer.status < 300:
        target.learn(answer.told)
    csv = "business_name,contact_number\r\nאורנט,0542345679\r\nx,12\r\n".encode()
    headers["Content-Type"] = "text/csv"
    target.learn(target.ask("POST", "/leads/upload?wait=true", csv, headers).told)


def may(scope_of_token: str | None, needed: str) -> bool:
    """Whether a token of this scope opens an operation that needs that one."""
    if scope_of_token is None:
        return False
    return Bearer("", "", frozenset({Scope(scope_of_token)})).may(Scope(needed))


class _Complaints(logging.Handler):
    """Keeps errors, so that a finding shows where it came from."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.of: deque[str] = deque(maxlen=3)

    def emit(self, record: logging.LogRecord) -> None:
        self.of.append(logging.Formatter().format(record))

"""The dialer's wire on real sockets: a carrier that signs what it sends, a desk that notes what it is told, and a
conversation worker whose part the test plays."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
import uvicorn
from fastapi import FastAPI
from nats.aio.subscription import Subscription
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from contracts.calls import CallClaimed, CallClosing
from contracts.event import Event, kind_of
from contracts.turns import CallSaid
from contracts.values import AnsweredBy
from services.dialer.addresses import Addresses, relay_secret
from services.dialer.domain.carrier_call import StatusReport
from services.dialer.lines.relay import RelayLines
from services.dialer.settings import DialerSettings
from services.dialer.webhooks import webhooks
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.problems import install

PATIENCE_S = 20
CARRIER_CALL = "CA0123456789abcdef0123456789abcdef"


class Desk:
    """An AttemptDesk that notes everything."""

    def __init__(self) -> None:
        self.live = True
        self.lead: str | None = "lead-1"
        self.opened: list[tuple[UUID, str]] = []
        self.reports: list[tuple[UUID, StatusReport]] = []
        self.recordings: list[tuple[UUID, str, str, float | None]] = []
        self.verdicts: list[tuple[UUID, AnsweredBy]] = []
        self._news = asyncio.Condition()

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait until what was told makes `fact` true."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(fact)

    async def is_live(self, call_id: UUID) -> bool:
        return self.live

    async def line_opened(self, call_id: UUID, carrier_call_id: str) -> str | None:
        self.opened.append((call_id, carrier_call_id))
        return self.lead

    async def report(self, call_id: UUID, report: StatusReport) -> None:
        self.reports.append((call_id, report))
        async with self._news:
            self._news.notify_all()

    async def answered_by(self, call_id: UUID, answered_by: AnsweredBy) -> None:
        self.verdicts.append((call_id, answered_by))
        async with self._news:
            self._news.notify_all()

    async def recorded(self, call_id: UUID, recording_id: str, url: str, duration_s: float | None) -> None:
        self.recordings.append((call_id, recording_id, url, duration_s))
        async with self._news:
            self._news.notify_all()

    async def hang_up(self, call_id: UUID, reason: str) -> None:
        raise AssertionError("the wire never hangs up by itself")


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


class Dialer:
    """The dialer's edges, served on a free port, and the carrier's way to them."""

    def __init__(self, settings: DialerSettings, desk: Desk, lines: RelayLines, http: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.desk = desk
        self.lines = lines
        self.http = http
        self.validator = RequestValidator(settings.auth_token)

    def relay_url(self, call_id: UUID) -> str:
        return Addresses(self.settings.reachable_at).relay(call_id, relay_secret(self.settings.auth_token, call_id))

    async def post(
        self, path: str, fields: list[tuple[str, str]] | None = None, signature: str | None = "right", **options: Any
    ) -> tuple[int, str, str]:
        """Status, content type and body of the answer to a webhook."""
        url = self.settings.reachable_at + path
        headers = dict(options.pop("headers", {}))
        if signature == "right":
            form: dict[str, list[str]] = {}
            for name, value in fields or []:
                form.setdefault(name, []).append(value)
            signature = self.validator.compute_signature(url, _Multi(form))
        if signature is not None:
            headers["X-Twilio-Signature"] = signature
        if fields:
            options["data"] = aiohttp.FormData(fields)
        async with self.http.post(url, headers=headers, **options) as reply:
            return reply.status, reply.content_type, await reply.text()

    @contextlib.asynccontextmanager
    async def phone(self, call_id: UUID, *, setup: bool = True) -> AsyncIterator["Phone"]:
        """A relay session of the carrier."""
        url = self.relay_url(call_id)
        headers = {"x-twilio-signature": self.validator.compute_signature(url, {})}
        async with connect(url, additional_headers=headers, proxy=None, close_timeout=2) as ws:
            phone = Phone(ws)
            if setup:
                await phone.send(type="setup", sessionId="VX1", callSid=CARRIER_CALL, customParameters={})
            yield phone


class _Multi(dict[str, list[str]]):
    def getlist(self, name: str) -> list[str]:
        return self[name]


class Phone:
    """The carrier's end of a relay socket."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws
        self.frames: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        await self.ws.send(json.dumps(frame, ensure_ascii=False))

    async def say(self, words: str) -> None:
        await self.send(type="prompt", voicePrompt=words, lang="he-IL", last=True)

    async def info(self, name: str, value: str) -> None:
        await self.send(type="info", name=name, value=value)

    async def play(self, *tokens: str) -> None:
        """Report that the agent spoke these tokens, and finished."""
        await self.info("agentSpeaking", "on")
        for token in tokens:
            await self.info("tokensPlayed", token)
        await self.info("agentSpeaking", "off")

    async def frame(self) -> dict[str, Any]:
        """The next frame we are sent."""
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(self.ws.recv(), PATIENCE_S))
        self.frames.append(frame)
        return frame

    async def text(self) -> tuple[str, bool]:
        """Token and `last` of the next frame, which must be text."""
        frame = await self.frame()
        assert frame["type"] == "text", frame
        return frame["token"], frame["last"]

    async def end(self) -> dict[str, Any]:
        """The hand-off data of the next frame, which must be the end of the session."""
        frame = await self.frame()
        assert frame["type"] == "end", frame
        handoff: dict[str, Any] = json.loads(frame["handoffData"])
        return handoff

    async def closed(self) -> int:
        """The code with which we closed the socket; frames that come before are kept."""
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionClosed):
                async for raw in self.ws:
                    self.frames.append(json.loads(raw))
        return self.ws.close_code or 0


class Worker:
    """The conversation's part, played by the test, and an ear for everything told."""

    def __init__(self, broker: Broker, call_id: UUID) -> None:
        self.broker = broker
        self.call_id = call_id
        self.epoch = 0
        self._ear: Subscription | None = None

    async def listen(self) -> None:
        self._ear = await self.broker.nats.subscribe(">")
        await self.broker.nats.flush()

    async def stop(self) -> None:
        assert self._ear is not None
        await self._ear.unsubscribe()

    async def told(self, *kinds: type[Event], where: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next fact of one of these kinds that is told; others are passed over."""
        assert self._ear is not None
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self._ear.next_msg(timeout=None)
                kind = kind_of(message.subject)
                if kind is not None and kind in kinds:
                    event = kind.model_validate_json(message.data)
                    if where(event):
                        return event

    async def claim(self) -> int:
        self.epoch = await self.tell(CallClaimed, worker_id="w") or 0
        return self.epoch

    async def say(
        self, text: str, utterance: UUID, sequence: int = 0, *, turn: int = 0, last: bool = False, **more: Any
    ) -> CallSaid:
        said = self.phrase(text, utterance, sequence, turn=turn, last=last, **more)
        await self.broker.tell(said)
        return said

    def phrase(self, text: str, utterance: UUID, sequence: int = 0, **more: Any) -> CallSaid:
        fields = {"turn": 0, "epoch": self.epoch, "last": False} | more
        now = Clock().now()
        return CallSaid(
            call_id=self.call_id, occurred_at=now, utterance=utterance, sequence=sequence, text=text, **fields
        )

    async def close(self, reason: str = "goodbye") -> None:
        await self.tell(CallClosing, epoch=self.epoch, reason=reason)

    async def tell(self, kind: type[Event], **fields: Any) -> int | None:
        return await self.broker.tell(kind(call_id=self.call_id, occurred_at=Clock().now(), **fields))

    async def stored(self, kind: str) -> list[dict[str, Any]]:
        """Every fact of a kind in the stream, in order."""
        found = []
        sequence = 1
        with contextlib.suppress(Exception):
            while True:
                message = await self.broker.js.get_msg(
                    "CALLS", seq=sequence, subject=f"calls.{self.call_id}.{kind}", next=True, direct=True
                )
                found.append(json.loads(message.data or b""))
                sequence = (message.seq or 0) + 1
        return found


@pytest.fixture
def wire_settings() -> dict[str, Any]:
    """What a test module wants other than usual."""
    return {}


@contextlib.asynccontextmanager
async def serving(broker_url: str, **changes: Any) -> AsyncIterator[Dialer]:
    """The dialer's edges on a free port, with a broker connection of their own."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings = DialerSettings(_env_file=None, public_url=f"http://127.0.0.1:{listener.getsockname()[1]}", **changes)
    connection = Broker(broker_url, "dialer")
    await connection.connect()
    desk = Desk()
    lines = RelayLines(settings, connection, desk, Clock())
    app = FastAPI()
    install(app)
    app.include_router(webhooks(settings, desk, lines))
    server = Server(uvicorn.Config(app, ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    async with aiohttp.ClientSession() as http:
        yield Dialer(settings, desk, lines, http)
    await lines.close_all()
    server.should_exit = True
    await running
    listener.close()
    await connection.close()


@pytest.fixture
async def dialer(broker: Broker, wire_settings: dict[str, Any]) -> AsyncIterator[Dialer]:
    async with serving(broker.url, **wire_settings) as dialer:
        yield dialer


@pytest.fixture
def call_id() -> UUID:
    return uuid4()


@pytest.fixture
async def worker(broker: Broker, call_id: UUID) -> AsyncIterator[Worker]:
    worker = Worker(broker, call_id)
    await worker.listen()
    yield worker
    await worker.stop()

"""A little application for the simulator to call: webhooks and a relay socket, with a seller who reads lines."""

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from starlette.datastructures import FormData
from twilio.request_validator import RequestValidator

from simulator.app import RunningSimulator, running
from simulator.settings import SimulatorSettings

PATIENCE_S = 30
SELLER = (
    "שלום, מדברת נועה, העוזרת הקולית של אורנט. אני מערכת בינה מלאכותית, והשיחה מוקלטת. זה רגע נוח?",
    "תודה. איך אתם עובדים היום מול לידים?",
    "מוכר. יש רביעי בעשר וחצי, או חמישי בשתיים בצהריים. מה עדיף?",
    "לאיזה מייל לשלוח זימון?",
    "אני חוזרת על הכתובת, והזימון יוצא. נכון?",
    "מצוין, הזימון בדרך. תודה, ויום טוב!",
)


class Application:
    """What the carrier calls. Everything it gets is kept, and signalled to whoever waits for it."""

    def __init__(self, token: str) -> None:
        self.url = ""
        self.statuses: list[dict[str, str]] = []
        self.idempotency: list[str] = []
        self.verdicts: list[dict[str, str]] = []
        self.actions: list[dict[str, str]] = []
        self.answers: list[str] = []
        self.frames: list[dict[str, Any]] = []
        self.setups: list[dict[str, Any]] = []
        self.wrong_signatures: list[str] = []
        self.closes: list[tuple[int, str]] = []
        self.lines = list(SELLER)
        self.failing: dict[str, int] = {}
        self.relay_attributes = 'language="he-IL" events="speaker-events tokens-played"'
        self.relay_path = "/relay/secret"
        self.after_session: Callable[[FormData], str] = lambda _: "<Response/>"
        self.agent: Callable[[WebSocket], Awaitable[None]] = self.sell
        self._validator = RequestValidator(token)
        self._news = asyncio.Condition()

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait until something the carrier told makes `fact` true."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(fact)

    async def noted(self) -> None:
        async with self._news:
            self._news.notify_all()

    def document(self) -> str:
        url = self.url.replace("http", "ws", 1) + self.relay_path
        return (
            f'<Response><Connect action="{self.url}/ended#rc=3&amp;rp=all">'
            f'<ConversationRelay url="{url}" {self.relay_attributes}>'
            '<Parameter name="ref" value="c1"/></ConversationRelay></Connect></Response>'
        )

    async def sell(self, ws: WebSocket) -> None:
        """Say the next line whenever the caller has spoken; hang up after the last one."""
        await self.say(ws, self.lines.pop(0))
        async for frame in self.received(ws):
            if frame["type"] != "prompt" or not frame["last"]:
                continue
            if not self.lines:
                await ws.send_json({"type": "end", "handoffData": '{"reason":"done"}'})
                return
            await self.say(ws, self.lines.pop(0))

    async def say(self, ws: WebSocket, text: str) -> None:
        for sentence in text.split(". "):
            await ws.send_json({"type": "text", "token": f"{sentence}. ".replace("?.", "?"), "last": False})
        await ws.send_json({"type": "text", "token": "", "last": True})

    async def received(self, ws: WebSocket) -> AsyncIterator[dict[str, Any]]:
        while True:
            frame = await ws.receive_json()
            self.frames.append(frame)
            await self.noted()
            yield frame

    def signed(self, url: str, form: Any, signature: str | None) -> None:
        if not self._validator.validate(url, form, signature or ""):
            self.wrong_signatures.append(url)

    def routes(self) -> FastAPI:
        app = FastAPI()

        @app.post("/{kind}")
        async def webhook(kind: str, request: Request) -> Response:
            form = await request.form()
            self.signed(f"{self.url}/{kind}", form, request.headers.get("x-twilio-signature"))
            fields = {name: str(value) for name, value in form.items()}
            if self.failing.get(kind, 0) > 0:
                self.failing[kind] -= 1
                self.answers.append(f"{kind} 503")
                return Response("down", 503)
            match kind:
                case "status":
                    self.statuses.append(fields)
                    self.idempotency.append(request.headers["i-twilio-idempotency-token"])
                case "amd":
                    self.verdicts.append(fields)
                case "ended":
                    self.actions.append(fields)
            self.answers.append(kind)
            reply = self.document() if kind in ("answer", "fallback") else ""
            if kind == "ended":
                reply = self.after_session(form)
            await self.noted()
            return Response(reply, media_type="text/xml")

        @app.websocket("/relay/secret")
        async def relay(ws: WebSocket) -> None:
            url = self.url.replace("http", "ws", 1) + self.relay_path
            self.signed(url, {}, ws.headers.get("x-twilio-signature"))
            await ws.accept()
            self.setups.append(await ws.receive_json())
            await self.noted()
            try:
                await self.agent(ws)
                while True:
                    self.frames.append(await ws.receive_json())
                    await self.noted()
            except WebSocketDisconnect as gone:
                self.closes.append((gone.code, gone.reason or ""))
                await self.noted()
            except RuntimeError:
                pass  # the agent of this test closed the socket itself

        return app


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@pytest.fixture
def carrier_settings() -> SimulatorSettings:
    return SimulatorSettings(_env_file=None, port=0, cps=1000, speed=25)


@pytest.fixture
async def simulator(carrier_settings: SimulatorSettings) -> AsyncIterator[RunningSimulator]:
    async with running(carrier_settings) as simulator:
        yield simulator


@pytest.fixture
async def application(carrier_settings: SimulatorSettings) -> AsyncIterator[Application]:
    application = Application(carrier_settings.auth_token)
    listener = socket.create_server(("127.0.0.1", 0))
    application.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(application.routes(), ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=1)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield application
    server.should_exit = True
    await serving
    listener.close()


class Rest:
    """The carrier's REST interface, as a client of it sees it."""

    def __init__(self, simulator: RunningSimulator, application: Application, http: aiohttp.ClientSession) -> None:
        self._settings = simulator.carrier.settings
        self._url = simulator.url
        self._application = application
        self._http = http
        self.user = f"{self._settings.account_sid}:{self._settings.auth_token}"

    async def request(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        url = f"{self._url}/2010-04-01/Accounts/{self._settings.account_sid}{path}"
        headers = {"Authorization": "Basic " + base64.b64encode(self.user.encode()).decode()}
        async with self._http.request(method, url, headers=headers, **options) as reply:
            return reply.status, await reply.json()

    async def window(self, path: str = "/simulator/calls", **options: Any) -> dict[str, Any]:
        async with self._http.get(self._url + path, **options) as reply:
            body: dict[str, Any] = await reply.json()
            return body

    async def faults(self, **faults: Any) -> None:
        async with self._http.post(f"{self._url}/simulator/faults", json=faults) as reply:
            assert reply.status == 200, await reply.text()

    async def dial(self, to: str = "+972542345678", **more: Any) -> tuple[int, dict[str, Any]]:
        url = self._application.url
        form: list[tuple[str, str]] = [
            ("To", to),
            ("From", "+15550100001"),
            ("Url", f"{url}/answer"),
            ("StatusCallback", f"{url}/status#rc=3&rp=all"),
            *[("StatusCallbackEvent", event) for event in ("initiated", "ringing", "answered", "completed")],
            ("MachineDetection", "Enable"),
            ("AsyncAmd", "true"),
            ("AsyncAmdStatusCallback", f"{url}/amd"),
        ]
        form = [(name, value) for name, value in form if name not in more]
        form += [(name, value) for name, value in more.items() if value]
        return await self.request("POST", "/Calls.json", data=form)


@pytest.fixture
async def rest(simulator: RunningSimulator, application: Application) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as http:
        yield Rest(simulator, application, http)

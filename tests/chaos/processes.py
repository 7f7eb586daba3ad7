"""The system as real processes that a test can kill, freeze and start again."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import nats
import nats.errors
from nats.aio.client import Client

from messiah.nats_server import NatsServer

LEAD = {
    "name": "דנה כהן",
    "company": "אורנט",
    "consent": {"basis": "web_form", "obtained_at": "2026-11-01T09:00:00Z"},
    "number_source": "company website",
}
CLOCK = "2026-11-22T10:00:00+02:00"
READY_S = 120.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """One `messiah serve`."""

    name: str
    port: int
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()


@dataclass
class Processes:
    """Broker, simulator and any number of each service, each a process of its own."""

    directory: Path
    broker: NatsServer
    environment: dict[str, str]
    running: list[Process] = field(default_factory=list)
    front: "Front | None" = None

    @classmethod
    async def start(
        cls, directory: Path, *, dialers: int = 1, conversations: int = 1, speed: float = 8.0
    ) -> "Processes":
        broker = NatsServer(directory / "nats")
        broker.start()
        simulator_port = free_port()
        front = Front()
        await front.open()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TWILIO", "MESSIAH"))},
            "NATS_URL": broker.url,
            "MESSIAH_VAR": str(directory / "var"),
            "MESSIAH_CLOCK": CLOCK,
            "PUBLIC_URL": front.url,
            "SIMULATOR_URL": f"http://127.0.0.1:{simulator_port}",
            "SIMULATOR_SPEED": str(speed),
            "SIMULATOR_CPS": "50",
            "SILENCE_S": "4",
            "CALLS_PER_SECOND": "50",
            "LOG_FORMAT": "json",
        }
        system = cls(directory, broker, environment, front=front)
        try:
            system.run_once("provision")
            system.spawn("simulator", simulator_port)
            for name in ("scheduler", "telemetry", *["conversation"] * conversations, *["dialer"] * dialers):
                system.spawn(name)
            front.backends = [process.port for process in system.of("dialer")]
            await asyncio.gather(*(system.ready(process) for process in system.running))
        except BaseException:
            await system.stop()
            raise
        return system

    def run_once(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "messiah", *arguments],
            cwd=self.directory,  # far from a developer's .env, which may name a real carrier
            env=self.environment,
            check=True,
            capture_output=True,
        )

    def spawn(self, name: str, port: int | None = None) -> Process:
        port = port or free_port()
        log = self.directory / f"{name}-{port}.log"
        variable = "SIMULATOR_PORT" if name == "simulator" else "MESSIAH_PORT"
        with log.open("wb") as out:
            popen = subprocess.Popen(
                [sys.executable, "-m", "messiah", "serve", name],
                cwd=self.directory,
                env=self.environment | {variable: str(port), "MESSIAH_PORT": str(port)},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(name, port, popen, log)
        self.running.append(process)
        return process

    def of(self, name: str) -> list[Process]:
        """The living processes of one service."""
        return [each for each in self.running if each.name == name and each.popen.poll() is None]

    async def ready(self, process: Process) -> None:
        deadline = time.monotonic() + READY_S
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline and process.popen.poll() is None:
                try:
                    async with http.get(f"{process.url}/ready") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
        raise AssertionError(f"{process.name} did not become ready:\n{process.log.read_text()[-4000:]}")

    async def carrier(self) -> dict[str, Any]:
        """What really happened on the phone, by the simulator's own account."""
        url = f"{self.environment['SIMULATOR_URL']}/simulator/calls"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            body: dict[str, Any] = await answer.json()
        return body

    def line_holder(self) -> Process:
        """The dialer that the carrier's socket is connected to."""
        assert self.front is not None
        return next(each for each in self.of("dialer") if each.port == self.front.relay_port)

    async def stop(self) -> None:
        for process in self.running:
            if process.popen.poll() is None:
                process.popen.send_signal(signal.SIGCONT)
                process.kill()
        if self.front is not None:
            await self.front.close()
        self.broker.stop()


class Front:
    """One address before several dialers: a connection goes to the first of them that accepts it, in turn."""

    def __init__(self) -> None:
        self.backends: list[int] = []
        self.relay_port = 0
        """Where the last WebSocket went."""
        self._server: asyncio.Server | None = None
        self._turn = 0
        self._connections: set[asyncio.Task[Any]] = set()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            await self._forward(reader, writer)
        finally:
            self._connections.discard(connection)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(65536)
        self._turn += 1
        for offset in range(len(self.backends)):
            port = self.backends[(self._turn + offset) % len(self.backends)]
            try:
                upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            if head.startswith(b"GET /twilio/relay"):
                self.relay_port = port
            try:
                upstream_writer.write(head)
                await asyncio.gather(_pump(reader, upstream_writer), _pump(upstream_reader, writer))
            finally:
                upstream_writer.close()
            return


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()


class Facts:
    """Every fact told while a test runs, and a way to await one."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self._changed = asyncio.Condition()
        self._client: Client | None = None

    async def open(self, url: str) -> None:
        self._client = await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
        for subject in ("leads.>", "calls.>", "meetings.>", "callbacks.>", "contacts.>", "telemetry.>", "dead.>"):
            await self._client.subscribe(subject, cb=self._take)
        await self._client.flush()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def submit(self, phone: str, **changes: Any) -> None:
        assert self._client is not None
        await self._client.jetstream().publish(
            "leads.submitted", json.dumps(LEAD | {"phone": phone} | changes).encode()
        )

    async def until(self, what: Callable[[], object], timeout_s: float = 60.0) -> None:
        """Wait until `what` holds of the facts seen."""
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(lambda: bool(what())), timeout_s)
            except TimeoutError:
                told = "\n".join(f"{subject} {body.get('text', '')}" for subject, body in self.seen)
                raise AssertionError(f"it did not happen within {timeout_s} s; told so far:\n{told}") from None

    def of(self, suffix: str) -> list[dict[str, Any]]:
        """Bodies of one kind of fact, each event once."""
        found = {
            body.get("event_id", index): body
            for index, (subject, body) in enumerate(self.seen)
            if subject.endswith(suffix)
        }
        return list(found.values())

    async def stored(self, stream: str, subject: str, timeout_s: float = 90.0) -> None:
        """Wait until a fact is in its stream: unlike a subscription, this misses nothing while the broker is away."""

        async def poll() -> None:
            while not await self.count(stream, subject):
                await asyncio.sleep(0.1)

        try:
            await asyncio.wait_for(poll(), timeout_s)
        except TimeoutError:
            told = "\n".join(f"{subject} {body.get('text', '')}" for subject, body in self.seen)
            raise AssertionError(f"no {subject} within {timeout_s} s; told so far:\n{told}") from None

    async def count(self, stream: str, subject: str) -> int:
        """How many facts of a kind the stream holds."""
        assert self._client is not None
        try:
            info = await self._client.jetstream(timeout=5).stream_info(stream, subjects_filter=subject)
        except (nats.errors.Error, TimeoutError):
            return 0
        return sum((info.state.subjects or {}).values())

    async def last(self, stream: str, subject: str) -> dict[str, Any]:
        """The latest fact on a subject."""
        assert self._client is not None
        body: dict[str, Any] = json.loads((await self._client.jetstream().get_last_msg(stream, subject)).data)
        return body

    async def _take(self, message: Any) -> None:
        try:
            body = json.loads(message.data)
        except ValueError:
            body = {}
        async with self._changed:
            self.seen.append((message.subject, body))
            self._changed.notify_all()

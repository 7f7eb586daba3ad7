"""The system as containers, from outside: a lead goes in, a meeting and a logged call come out, and data is kept."""

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import nats
import pytest

ROOT = Path(__file__).parents[2]
LEAD = {
    "name": "דנה כהן",
    "phone": "+972542345678",
    "company": "אורנט",
    "consent": {"basis": "web_form", "obtained_at": "2026-11-01T09:00:00Z"},
    "number_source": "company website",
}

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]


class Compose:
    """One stack under a name and on ports of its own."""

    def __init__(self) -> None:
        self.project = f"messiah-test-{uuid4().hex[:8]}"
        self.ports = {
            name: _free_port()
            for name in (
                "NATS_PORT",
                "DIALER_PORT",
                "CONVERSATION_PORT",
                "SCHEDULER_PORT",
                "TELEMETRY_PORT",
                "SIMULATOR_PORT",
            )
        }
        ours = {name: str(port) for name, port in self.ports.items()} | {"SIMULATOR_SPEED": "6"}
        engine = ("PATH", "HOME", "DOCKER_", "BUILDKIT_", "BUILDX_", "PIP_")
        self.environment = {k: v for k, v in os.environ.items() if k.startswith(engine)} | ours

    def __call__(self, *arguments: str) -> str:
        # No .env either: a developer's own would have this stack call real people.
        command = ["docker", "compose", "--env-file", os.devnull, "--project-name", self.project, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    async def get(self, port: str, path: str) -> Any:
        url = f"http://127.0.0.1:{self.ports[port]}{path}"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def compose(engine: None) -> Iterator[Compose]:
    stack = Compose()
    try:
        stack("up", "--build", "--wait", "--wait-timeout", "300", "--detach")
        yield stack
    finally:
        stack("down", "--volumes", "--timeout", "10")


async def test_a_lead_published_from_outside_becomes_a_meeting_and_a_logged_call_that_outlive_a_restart(compose):
    booked: list[dict[str, Any]] = []
    logged: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    client = await nats.connect(f"nats://127.0.0.1:{compose.ports['NATS_PORT']}")

    async def meeting(message: Any) -> None:
        booked.append(json.loads(message.data))

    async def record(message: Any) -> None:
        await logged.put(json.loads(message.data))

    await client.subscribe("meetings.*.booked", cb=meeting)
    await client.subscribe("telemetry.calls.logged", cb=record)
    await client.flush()
    await client.publish("leads.submitted", json.dumps(LEAD).encode())
    call = await asyncio.wait_for(logged.get(), 180)
    await client.close()

    assert call["outcome"] == "meeting_booked", call
    assert [meeting["meeting_id"] for meeting in booked] == [call["meeting"]["meeting_id"]]
    assert {line["speaker"] for line in call["transcript"]} == {"agent", "caller"}

    await asyncio.to_thread(compose, "down", "--timeout", "20")
    await asyncio.to_thread(compose, "up", "--wait", "--wait-timeout", "300", "--detach")
    kept = await compose.get("TELEMETRY_PORT", f"/calls/{call['call_id']}")
    assert kept["outcome"] == "meeting_booked"
    (meeting_kept,) = (await compose.get("SCHEDULER_PORT", "/meetings"))["items"]
    assert meeting_kept["meeting_id"] == call["meeting"]["meeting_id"]


def test_no_service_runs_as_root(compose):
    for service in ("dialer", "conversation", "scheduler", "telemetry", "simulator"):
        assert compose("exec", "-T", service, "id", "-u").strip() != "0"

"""`messiah` as people run it: real processes, real signals, nothing left behind."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import aiohttp
import pytest

from contracts.leads import LeadRefused
from contracts.streams import DIALER_LEADS
from contracts.telemetry import CallLogged
from contracts.values import Outcome
from messiah.demo import LEAD
from tests.e2e.conftest import listening

TIMEOUT_S = 90.0
NAME = str(LEAD["name"])

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find what was left running")


def environment(var: Path, **more: str) -> dict[str, str]:
    """Only what a process needs, so that nobody's account or broker is used."""
    home = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    return home | {"MESSIAH_VAR": str(var), "PYTHONUNBUFFERED": "1", "TMPDIR": str(var)} | more


async def messiah(
    *arguments: str, cwd: Path, env: dict[str, str], errors: int | BinaryIO = asyncio.subprocess.STDOUT
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "messiah", *arguments),
        cwd=cwd,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
    )


def running_in(folder: Path) -> list[str]:
    """Processes that work in a folder, by their command lines."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


async def test_the_demo_books_a_meeting_and_leaves_nothing(tmp_path: Path) -> None:
    process = await messiah("demo", "--speed", "20", cwd=tmp_path, env=environment(tmp_path))
    async with asyncio.timeout(TIMEOUT_S):
        output, _ = await process.communicate()
    text = output.decode()
    assert process.returncode == 0, text
    assert "סוכן: " in text
    assert "לקוח: " in text
    assert "meeting_booked" in text
    assert "22 November 2026, 10:00" in text, "the demo says that its clock is pinned"
    assert list(tmp_path.iterdir()) == []
    assert running_in(tmp_path) == []


@asynccontextmanager
async def up(
    folder: Path, http: int, nats: int, errors: int | BinaryIO = asyncio.subprocess.STDOUT, **more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    folder.mkdir(exist_ok=True)
    env = environment(
        folder / "var",
        MESSIAH_PORT=str(http),
        MESSIAH_NATS_PORT=str(nats),
        MESSIAH_CLOCK="2026-11-22T10:00:00+02:00",
        SIMULATOR_SPEED="20",
        TMPDIR=str(folder),
        **more,
    )
    process = await messiah("up", cwd=folder, env=env, errors=errors)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(TIMEOUT_S):
            while b"Ctrl-C stops it" not in (line := await process.stdout.readline()):
                assert line, "it ended before it was up"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(http: int) -> None:
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{http}/ready") as answer:
        assert answer.status == 200, await answer.text()


async def stop(process: asyncio.subprocess.Process, how: signal.Signals) -> str:
    """What it said until it ended, as it should, with 0."""
    process.send_signal(how)
    async with asyncio.timeout(TIMEOUT_S):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_two_systems_run_side_by_side_and_stop_in_order(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    (first, first_nats), (second, second_nats) = [
        (unused_tcp_port_factory(), unused_tcp_port_factory()) for _ in range(2)
    ]
    async with up(tmp_path / "first", first, first_nats) as one, up(tmp_path / "second", second, second_nats) as two:
        await ready(first)
        await ready(second)
        assert "Traceback" not in await stop(one, signal.SIGTERM)
        assert running_in(tmp_path / "first") == []
        await ready(second)
        assert "Traceback" not in await stop(two, signal.SIGINT)
    assert running_in(tmp_path) == []


async def test_a_system_that_was_stopped_goes_on_with_what_it_knew(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    http, nats = unused_tcp_port_factory(), unused_tcp_port_factory()
    lead = ["--name", "דנה כהן", "--phone", "054-2345678", "--consent-basis", "web_form"]
    lead += ["--consent-at", "2026-11-01T09:00:00Z", "--number-source", "company website"]
    client = environment(tmp_path, MESSIAH_PORT=str(http), MESSIAH_NATS_PORT=str(nats))

    async def run(*arguments: str) -> str:
        process = await messiah(*arguments, cwd=tmp_path, env=client)
        async with asyncio.timeout(TIMEOUT_S):
            output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode()

    async with up(tmp_path / "home", http, nats) as process, listening(f"nats://127.0.0.1:{nats}") as ear:
        await run("lead", "submit", *lead)
        logged = await ear.until(CallLogged)
        listed, dead = await asyncio.gather(run("calls", "list"), run("dead", "list"))
        assert "meeting_booked" in listed
        assert "no dead letters" in dead
        await stop(process, signal.SIGTERM)

    async with up(tmp_path / "home", http, nats) as process:
        listed, shown, examined = await asyncio.gather(
            run("calls", "list"), run("calls", "show", str(logged.call_id)), run("doctor")
        )
        assert str(logged.call_id) in listed
        assert "דנה כהן" in shown
        assert "סוכן: " in shown
        assert "webhooks" in examined
        await stop(process, signal.SIGTERM)


async def test_the_log_of_a_whole_call_is_json_and_names_nobody(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    http, nats = unused_tcp_port_factory(), unused_tcp_port_factory()
    path = tmp_path / "log"
    given = {"LOG_FORMAT": "json", "LOG_LEVEL": "debug", "CONSOLE_PASSWORD": "a long one, given"}  # else it is printed
    with path.open("wb") as log:
        async with up(tmp_path / "home", http, nats, log, **given) as process:
            async with listening(f"nats://127.0.0.1:{nats}") as ear:
                await ear.broker.put("leads.submitted", json.dumps(dict(LEAD)).encode(), {})
                logged = await ear.until(CallLogged)
                await ear.broker.put("leads.submitted", b'{"name": "' + NAME.encode() + b'", "phone": 7', {})
                await ear.until_dead(DIALER_LEADS)
                bad = json.dumps(dict(LEAD) | {"phone": "+972523456789", "consent": None}).encode()
                await ear.broker.put("leads.submitted", bad, {})
                await ear.until(LeadRefused)
            await stop(process, signal.SIGTERM)
    text = path.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"event", "level", "logger", "timestamp"} <= line.keys() for line in lines), text
    of_call = [line for line in lines if line.get("call_id") == str(logged.call_id)]
    assert {line["trace_id"] for line in of_call} == {logged.call_id.hex}
    assert {line["logger"].split(".")[1] for line in of_call} >= {"dialer", "conversation"}
    spoken = [line.text for line in logged.transcript]
    assert logged.lead is not None
    people = [
        given["CONSOLE_PASSWORD"],
        *NAME.split(),
        str(logged.lead.company),
        str(logged.lead.email),
        logged.phone,
        *spoken,
    ]
    numbers = re.findall(r"(?<![\w.-])\+?(?:972|05)[\d-]{7,}", text)
    assert [word for word in people if word and str(word) in text] == []
    assert numbers == []


def pid_of_broker(folder: Path) -> int:
    (ports,) = folder.glob("nats-server_*.ports")
    return int(ports.stem.removeprefix("nats-server_"))


async def test_the_embedded_broker_is_started_again_when_it_dies(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    http, nats = unused_tcp_port_factory(), unused_tcp_port_factory()
    async with up(tmp_path / "home", http, nats) as process, listening(f"nats://127.0.0.1:{nats}") as ear:
        os.kill(pid_of_broker(tmp_path / "home/var/nats"), signal.SIGKILL)
        await ear.broker.put("leads.submitted", json.dumps(dict(LEAD)).encode(), {})
        logged = await ear.until(CallLogged)
        assert logged.outcome is Outcome.MEETING_BOOKED
        await stop(process, signal.SIGTERM)


@pytest.mark.parametrize("variable", ["MESSIAH_PORT", "MESSIAH_NATS_PORT", "MESSIAH_VAR"])
async def test_what_is_taken_is_told_with_the_cure(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int], variable: str
) -> None:
    http, nats = unused_tcp_port_factory(), unused_tcp_port_factory()
    async with up(tmp_path / "first", http, nats):
        mine = {
            "MESSIAH_PORT": str(unused_tcp_port_factory()),
            "MESSIAH_NATS_PORT": str(unused_tcp_port_factory()),
            "MESSIAH_VAR": str(tmp_path / "second"),
        }
        taken = {"MESSIAH_PORT": str(http), "MESSIAH_NATS_PORT": str(nats), "MESSIAH_VAR": str(tmp_path / "first/var")}
        env = environment(tmp_path) | mine | {variable: taken[variable]}
        process = await messiah("up", cwd=tmp_path, env=env)
        async with asyncio.timeout(TIMEOUT_S):
            output, _ = await process.communicate()
        assert process.returncode == 1, output.decode()
        assert variable in output.decode()
        assert "Traceback" not in output.decode()

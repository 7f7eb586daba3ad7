"""Ports, signals and the order of stopping."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from fastapi import FastAPI

from messiah import serving as serving_module
from messiah.serving import listen, serving, stay, until_signalled, url_of
from services.runtime.errors import Unavailable


def test_a_taken_port_is_told_with_the_cure() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(Unavailable, match="MESSIAH_PORT"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_port_zero_is_a_free_one_and_known_at_once() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert not url_of(listener).endswith(":0")


def test_what_listens_everywhere_is_reached_on_this_machine() -> None:
    with listen("0.0.0.0", 0) as listener:
        assert url_of(listener).startswith("http://127.0.0.1:")


async def test_it_serves_while_the_block_runs() -> None:
    app = FastAPI()

    @app.get("/hello")
    async def hello() -> str:
        return "hello"

    listener = listen("127.0.0.1", 0)
    url = url_of(listener)
    async with aiohttp.ClientSession() as client:
        async with serving(app, listener), client.get(f"{url}/hello") as answer:
            assert await answer.json() == "hello"
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(f"{url}/hello")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_unwinds_in_order(sent: signal.Signals) -> None:
    steps: list[str] = []

    @asynccontextmanager
    async def running() -> AsyncIterator[str]:
        try:
            yield "here"
        finally:
            await asyncio.sleep(0)  # cleaning up may wait
            steps.append("cleaned up")

    def announce(what: str) -> None:
        steps.append(what)
        os.kill(os.getpid(), sent)

    assert await until_signalled(stay(running(), announce)) is None
    assert steps == ["here", "cleaned up"]


async def test_work_that_ends_by_itself_gives_its_answer() -> None:
    async def work() -> int:
        return 7

    assert await until_signalled(work()) == 7


async def test_work_that_fails_says_so() -> None:
    async def work() -> None:
        raise Unavailable("no broker")

    with pytest.raises(Unavailable, match="no broker"):
        await until_signalled(work())


@pytest.mark.parametrize("sent", [b"", b"GET /hello HT", b"GET /hello HTTP/1.1\r\nHost: a\r\n"])
async def test_a_head_that_does_not_come_ends_the_connection(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(serving_module, "HEAD_S", 0.05)
    listener = listen("127.0.0.1", 0)
    async with serving(FastAPI(), listener), asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(sent)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_a_connection_whose_head_came_in_time_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module, "HEAD_S", 0.05)
    app, entered, go_on = FastAPI(), asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        entered.set()
        await go_on.wait()
        return "done"

    listener = listen("127.0.0.1", 0)
    async with serving(app, listener), asyncio.timeout(20), aiohttp.ClientSession() as client:
        asked = asyncio.create_task(client.get(f"{url_of(listener)}/slow"))
        await entered.wait()
        await asyncio.sleep(0.1)  # longer than a head may take
        go_on.set()
        assert await (await asked).json() == "done"

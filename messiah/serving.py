"""Serving HTTP from inside a process that has more to do: we own the signals and the order of stopping.

uvicorn alone would take SIGTERM for itself and raise it again when it has stopped, before calls are handed over.
"""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

import h11
import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.runtime.errors import Unavailable

T = TypeVar("T")

SIGNALS = (signal.SIGTERM, signal.SIGINT)
CLOSE_S = 2
"""How long open HTTP connections (live pages) may go on once everything behind them has stopped."""
HEAD_S = 15.0
"""How long the first line and the headers of a request may take to come. A thousand that never come so cost nothing."""
MOST_FRAME = 1 << 20
"""Bytes of one WebSocket frame."""
MOST_HEADERS = 32 * 1024
"""Bytes of a request's first line and headers together."""
GARBAGE = (5_000, 5, 40)
"""After how many new objects the collector looks for circles among them, after how many such looks among those that
were left, and after how many of these among all. At Python's own 700 it looks several times a turn, and takes a
sixteenth of the CPU; four times as many at once stopped a line process of 600 calls for 120 ms, and one look at all of
its objects takes 200."""
TICK_S = 1.0
"""How often uvicorn's answers get a new date."""
INTERRUPTED = 130


def listen(host: str, port: int) -> socket.socket:
    """Take a port (0: a free one) before anything else starts. Raises Unavailable with the cure if it is taken."""
    # Named, or asyncio would not know that it is TCP, and leave small answers waiting for 40 ms (Nagle's algorithm).
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"cannot listen on port {port} of {host} ({error.strerror}): stop what uses it, or set MESSIAH_PORT "
            "to another port (0 takes a free one)"
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Where this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104  what it listens on, not a choice to do so
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve `app` on a listening socket while the block runs."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            http=_HeadsInTime,
            h11_max_incomplete_event_size=MOST_HEADERS,
            ws_max_size=MOST_FRAME,
            ws_per_message_deflate=False,  # a frame is one short sentence, and somebody waits for it
            timeout_graceful_shutdown=CLOSE_S,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]), name=f"http {url_of(listener)}")
    ready = asyncio.create_task(server.ready.wait())
    try:
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            raise Unavailable(f"the HTTP server at {url_of(listener)} did not start; its log says why")
        yield
    finally:
        ready.cancel()
        server.leave()
        await task


class _HeadsInTime(H11Protocol):
    """HTTP that bounds what comes before the body, in bytes (the faster parser does not) and in time (neither does)."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._forget()
        elif self._late is None:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(HEAD_S, self.transport.close)

    def _forget(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers, with an event for being ready, and without waking ten times a second to
    see whether it is to leave."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Stop serving."""
        self.should_exit = True
        self._leaving.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), TICK_S)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run the whole of a command on the fast event loop."""
    gc.set_threshold(*GARBAGE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def stay(running: AbstractAsyncContextManager[T], announce: Callable[[T], None]) -> None:
    """Enter `running`, announce it, and stay until cancelled."""
    async with running as entered:
        gc.collect()
        gc.freeze()  # what was made for good is not looked at again whenever calls leave garbage behind
        announce(entered)
        await asyncio.Event().wait()


async def until_signalled(work: Coroutine[Any, Any, T]) -> T | None:
    """Run `work` until it ends. SIGTERM or Ctrl-C cancels it, so that it unwinds in order, and the answer is None;
    a second signal leaves the process at once."""
    task = asyncio.create_task(work)

    def stop() -> None:
        if task.cancelling():
            os._exit(INTERRUPTED)
        task.cancel()

    loop = asyncio.get_running_loop()
    for each in SIGNALS:
        loop.add_signal_handler(each, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return None
    finally:
        for each in SIGNALS:
            loop.remove_signal_handler(each)

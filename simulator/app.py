"""The simulator as a server: the carrier's REST interface, and a window on what it did for tests and people."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from simulator import rest
from simulator.carrier import Carrier
from simulator.personas import INTERESTED, PERSONAS
from simulator.refusals import Refused
from simulator.settings import Faults, SimulatorSettings


def create_app(settings: SimulatorSettings) -> FastAPI:
    """The application; its carrier is at `app.state.carrier`."""
    carrier = Carrier(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await carrier.close()

    app = FastAPI(title="Carrier simulator", lifespan=lifespan)
    app.state.carrier = carrier
    app.include_router(rest.router(carrier))
    app.add_exception_handler(Refused, rest.refused)

    @app.exception_handler(HTTPException)
    async def not_found(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return rest.refused(request, Refused(20404, request.url.path))
        return Response(error.detail, error.status_code, error.headers, "text/plain")

    @app.get("/live", tags=["operation"])
    @app.get("/ready", tags=["operation"])
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/simulator/calls", tags=["window"])
    async def calls(to: str | None = None) -> dict[str, Any]:
        """Everything that happened on every call, and how often each number was dialed."""
        shown = [call.view() for call in carrier.calls.values() if to in (None, call.request.to)]
        return {"dials": dict(carrier.dials()), "calls": shown}

    @app.get("/simulator/calls/{sid}", tags=["window"])
    async def one_call(sid: str) -> dict[str, Any]:
        return carrier.find(sid).view()

    @app.get("/simulator/recordings", tags=["window"])
    async def recordings() -> dict[str, Any]:
        """What is kept of calls that were recorded, and which recordings were deleted."""
        shelf = carrier.recordings
        return {"kept": [each.resource() for each in shelf.kept.values()], "deleted": shelf.deleted}

    @app.get("/simulator/personas", tags=["window"])
    async def personas() -> dict[str, str]:
        """Who answers, by the last two digits of the number."""
        return {digits: persona.name for digits, persona in PERSONAS.items()} | {"else": INTERESTED.name}

    @app.get("/simulator/faults", tags=["window"])
    async def faults() -> Faults:
        return carrier.faults

    @app.post("/simulator/faults", tags=["window"])
    async def set_faults(wanted: Faults) -> Faults:
        """Replace all faults; what is not named goes back to its default, so `{}` clears them."""
        carrier.faults = wanted
        return wanted

    return app


@dataclass(frozen=True)
class RunningSimulator:
    """A simulator that is listening."""

    url: str
    carrier: Carrier


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave signals to the process that runs this server beside others."""
        yield


@contextlib.asynccontextmanager
async def running(settings: SimulatorSettings) -> AsyncIterator[RunningSimulator]:
    """Serve inside this process for as long as the block lasts; port 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    app = create_app(settings)
    listener = socket.create_server((settings.host, settings.port), backlog=2048)
    server = _Server(
        uvicorn.Config(
            app, ws="none", log_config=None, log_level="warning", access_log=False, timeout_graceful_shutdown=1
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield RunningSimulator(f"http://{settings.host}:{listener.getsockname()[1]}", app.state.carrier)
    finally:
        server.should_exit = True
        await serving
        listener.close()


async def serve(settings: SimulatorSettings) -> None:
    """Serve until cancelled."""
    async with running(settings):
        await asyncio.Event().wait()

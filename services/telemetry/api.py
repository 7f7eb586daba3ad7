"""The HTTP side of telemetry: calls, results, the gate's verdicts, and the calls in progress as they go on."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from contracts.values import LeadId
from services.runtime.clock import ISRAEL, Clock
from services.runtime.security import guarded
from services.telemetry.domain.call_record import CallRecord
from services.telemetry.handlers import Operator
from services.telemetry.live import Live
from services.telemetry.ports import Archive
from services.telemetry.queries import CallFilters, CallPage, CallQuery, KeptEvent, LeadVerdict, Statistics
from services.telemetry.results import csv_of

HEARTBEAT_S = 15.0
"""How often an idle stream says that it is alive, so that proxies keep it and dead clients are noticed."""
PACE_S = 0.05
"""How long changes gather before the next push: the eye sees no difference, the call's process does."""
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class LiveCalls(BaseModel):
    """The calls in progress. `now` is what the system's clock shows, to measure how long they have lasted."""

    now: AwareDatetime
    calls: list[CallRecord]


class Operation(BaseModel):
    """What a person wants done on a call in progress."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["say", "hang_up", "opt_out"]
    text: str | None = Field(default=None, max_length=500)
    """What to say; only `say` needs it."""


class Operated(BaseModel):
    """The wish was told to the call's worker and line."""

    event_id: UUID


def router(archive: Archive, live: Live, operator: Operator, clock: Clock, token: SecretStr | None) -> APIRouter:
    """The routes, for those who may use the API."""
    routes = APIRouter(tags=["telemetry"], dependencies=guarded(token))

    @routes.get("/calls")
    async def list_calls(filters: Annotated[CallFilters, Query()]) -> CallPage:
        """Calls, newest first unless `sort` says otherwise: those in progress too. `q` searches what was said."""
        return await archive.page(filters)

    @routes.get("/calls/{call_id}")
    async def get_call(call_id: UUID) -> CallRecord:
        """One call with its transcript, as it stands now."""
        return await archive.record(call_id)

    @routes.get("/calls/{call_id}/events")
    async def list_events(call_id: UUID) -> list[KeptEvent]:
        """Every fact that was told of a call, in the order the streams stored them."""
        return await archive.events(call_id)

    @routes.post("/calls/{call_id}/operate", status_code=202)
    async def operate(call_id: UUID, operation: Operation) -> Operated:
        """Step into a call in progress: have the agent say a sentence, hang up, or put the lead on the
        do-not-call list."""
        return Operated(event_id=await operator.operate(call_id, operation.action, operation.text))

    @routes.get("/results/statistics")
    async def get_statistics(query: Annotated[CallQuery, Query()]) -> Statistics:
        """How well calls went: the funnel, conversion by kind, outcomes, waits, talk and costs."""
        return await archive.statistics(query)

    @routes.get("/results/download", response_class=StreamingResponse)
    async def download_results(query: Annotated[CallQuery, Query()]) -> StreamingResponse:
        """Finished calls as CSV, newest first: the lead's columns, then what came of the call."""
        name = f"messiah-results-{clock.now().astimezone(ISRAEL):%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        pieces = csv_of(archive.results(query))
        return StreamingResponse(await _begun(pieces), media_type="text/csv; charset=utf-8", headers=headers)

    @routes.get("/verdicts")
    async def list_verdicts(
        lead_id: LeadId | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> list[LeadVerdict]:
        """What the gate said of leads, newest first: every rule, and why a lead is not called."""
        return await archive.verdicts(lead_id, limit)

    @routes.get("/live-calls")
    async def list_live_calls() -> LiveCalls:
        """The calls in progress, each with its transcript so far."""
        return LiveCalls(now=clock.now(), calls=await live.calls())

    @routes.get("/live-calls/stream", response_class=StreamingResponse)
    async def stream_live_calls() -> StreamingResponse:
        """Server-sent events: `clock` once with the moment shown, `call` with a call's record whenever it
        changes, `logged` when GET /calls has more to show."""
        return StreamingResponse(_stream(live, clock), media_type="text/event-stream", headers=_STREAM_HEADERS)

    return routes


async def _begun(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """The same pieces, of which two are ready: what is wrong with a query shows before the answer begins."""
    ready = [piece async for piece in _first(pieces, 2)]

    async def rest() -> AsyncIterator[str]:
        for piece in ready:
            yield piece
        async for piece in pieces:
            yield piece

    return rest()


async def _first(pieces: AsyncIterator[str], count: int) -> AsyncIterator[str]:
    for _ in range(count):
        try:
            yield await anext(pieces)
        except StopAsyncIteration:
            return


async def _stream(live: Live, clock: Clock) -> AsyncIterator[str]:
    async with live.watch() as watcher:
        yield _event("clock", json.dumps({"now": clock.now().isoformat()}))
        while not watcher.closed:
            try:
                records, logged = await asyncio.wait_for(watcher.news(), HEARTBEAT_S)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            for record in records:
                yield _event("call", record.model_dump_json(exclude_none=True))
            if logged:
                yield _event("logged", "{}")
            await asyncio.sleep(PACE_S)


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"

"""Files that the console hands out to whoever is logged in."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from services.runtime.clock import ISRAEL
from services.runtime.errors import Unauthorized
from services.telemetry.console.access.logins import COOKIE
from services.telemetry.console.desk import PATH, Desk
from services.telemetry.queries import CallQuery
from services.telemetry.results import csv_of


def router(desk: Desk) -> APIRouter:
    """GET results.csv; it comes before the pages, which take all of the path."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(f"{PATH}/results.csv")
    async def results(request: Request, query: Annotated[CallQuery, Query()]) -> StreamingResponse:
        await require_login(request)
        name = f"messiah-results-{desk.clock.now().astimezone(ISRAEL):%Y-%m-%d}.csv"
        return _file(name, csv_of(desk.archive.results(query)))

    async def require_login(request: Request) -> None:
        if await desk.logins.visitor(request.cookies.get(COOKIE)) is None:
            raise Unauthorized(f"log in at {PATH}/login first")

    return routes


def _file(name: str, pieces: AsyncIterator[str]) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)

"""Files that the console hands out to whoever is logged in."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from services.runtime.clock import ISRAEL
from services.runtime.errors import Unauthorized
from services.telemetry.console.access.logins import COOKIE
from services.telemetry.console.desk import PATH, Desk
from services.telemetry.console.entrance import words_of
from services.telemetry.console.list_report import translated
from services.telemetry.queries import CallQuery
from services.telemetry.results import csv_of


def router(desk: Desk) -> APIRouter:
    """Results, and what the dialer hands out about lists. They come before the pages, which take all of the path."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(f"{PATH}/results.csv")
    async def results(request: Request, query: Annotated[CallQuery, Query()]) -> StreamingResponse:
        await require_login(request)
        name = f"messiah-results-{desk.clock.now().astimezone(ISRAEL):%Y-%m-%d}.csv"
        return _file(name, csv_of(desk.archive.results(query)))

    @routes.get(f"{PATH}/leads.csv")
    async def template(request: Request) -> StreamingResponse:
        await require_login(request)
        return _file("leads.csv", await begun(desk.dialer.file("/leads/template")))

    @routes.get(f"{PATH}/uploads/{{upload_id}}/report.csv")
    async def report(request: Request, upload_id: UUID) -> StreamingResponse:
        await require_login(request)
        pieces = await begun(desk.dialer.file(f"/leads/uploads/{upload_id}/report"))
        words = words_of(request)
        return _file(f"report-{upload_id}.csv", translated(words, pieces) if words.is_rtl else pieces)

    async def require_login(request: Request) -> None:
        if await desk.logins.visitor(request.cookies.get(COOKIE)) is None:
            raise Unauthorized(f"log in at {PATH}/login first")

    return routes


async def begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces; what is wrong shows before the answer begins."""
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_of_them()


def _file(name: str, pieces: AsyncIterator[str] | AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)

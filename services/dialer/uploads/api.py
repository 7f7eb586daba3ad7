"""Lists over HTTP: hand one in, see how far it has come, and what is wrong in it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, SecretStr

from contracts.event import new_event_id
from contracts.values import Instant
from services.dialer.uploads.ledger import Uploads
from services.dialer.uploads.receiving import MEGABYTE, receive
from services.dialer.uploads.report import report, template
from services.dialer.uploads.upload import Kind, State, Upload
from services.dialer.uploads.worker import UploadWorker
from services.runtime.clock import Clock
from services.runtime.errors import NotFound
from services.runtime.security import Scope, guarded

PROBLEMS_SHOWN = 100
UPLOADS = ("/leads/upload", "/do-not-call/import", "/registry/import")
"""Where files are taken, which are larger than other requests."""
FORM_AROUND = MEGABYTE
"""What the form around a file may weigh."""
_CSV = "text/csv; charset=utf-8"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "text/csv": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class ProblemView(BaseModel):
    """What is wrong in one cell, and how to mend it."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    column: str
    value: str
    problem: str
    cure: str
    code: str | None
    """Which kind of problem it is; the same in every version and language."""
    only_remark: bool
    """The row went in all the same."""


class UploadView(BaseModel):
    """A file and how far it has come. Every row is accepted, unchanged, refused or a duplicate of an earlier one."""

    model_config = ConfigDict(from_attributes=True)

    upload_id: UUID
    kind: Kind
    state: State
    progress: float
    file_name: str
    size: int
    campaign_id: UUID | None
    created_at: datetime
    finished_at: datetime | None
    rows: int
    accepted: int
    unchanged: int
    refused: int
    duplicates: int
    remarks: int
    problem: str | None
    encoding: str | None
    delimiter: str | None
    ignored: tuple[str, ...]
    """Headings that nobody reads."""


class UploadDetails(UploadView):
    """A file with the first of its problems; all of them are in the report."""

    problems: tuple[ProblemView, ...] = ()
    report: str


_READ: dict[int | str, dict[str, Any]] = {200: {"description": "With `wait`: it has been read", "model": UploadDetails}}


def router(
    uploads: Uploads, worker: UploadWorker, clock: Clock, most_megabytes: int, token: SecretStr | None
) -> APIRouter:
    """Every route, guarded. It comes before those that take any name after /leads/."""
    routes = APIRouter(tags=["lists"], dependencies=guarded(token))

    @routes.get("/leads/template", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
    async def lead_template() -> Response:
        """An empty list of leads as a spreadsheet opens it, with one example to delete."""
        headers = {"Content-Disposition": 'attachment; filename="leads.csv"'}
        return Response(template(), media_type=_CSV, headers=headers)

    @routes.post(
        "/leads/upload",
        status_code=202,
        openapi_extra=_BODY,
        responses=_READ,
        dependencies=guarded(scope=Scope.LEADS),
    )
    async def upload_leads(
        request: Request, response: Response, campaign_id: UUID | None = None, wait: bool = False
    ) -> UploadDetails:
        """Hand in a list of leads as CSV, as a form's `file` or as the bare body. It is read beside the calls; with
        `wait` the answer comes when it has been. Uploading a list again changes nothing."""
        return await take(request, response, wait, kind=Kind.LEADS, campaign_id=campaign_id)

    @routes.post("/do-not-call/import", status_code=202, openapi_extra=_BODY, responses=_READ)
    async def import_do_not_call(request: Request, response: Response, wait: bool = False) -> UploadDetails:
        """Hand in a list of numbers never to call, on any channel. There is no way back."""
        return await take(request, response, wait, kind=Kind.DO_NOT_CALL)

    @routes.post("/registry/import", status_code=202, openapi_extra=_BODY, responses=_READ)
    async def import_registry(
        request: Request,
        response: Response,
        listed: Annotated[bool | None, Query(description="For a file without a column that says so.")] = None,
        checked_at: Annotated[Instant | None, Query(description="When the registry was asked; else now.")] = None,
        wait: bool = False,
    ) -> UploadDetails:
        """Hand in what the national do-not-call registry said of numbers; it is believed for 15 days."""
        return await take(request, response, wait, kind=Kind.REGISTRY, listed=listed, checked_at=checked_at)

    @routes.get("/leads/uploads")
    async def list_uploads(
        kind: Kind | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> list[UploadView]:
        """Files that were handed in, newest first."""
        return [UploadView.model_validate(each) for each in await uploads.newest(kind, limit)]

    @routes.get("/leads/uploads/{upload_id}")
    async def show_upload(upload_id: UUID) -> UploadDetails:
        """How far a file has come, and the first of what is wrong in it."""
        return await details(await known(upload_id))

    @routes.get(
        "/leads/uploads/{upload_id}/report", response_class=Response, responses={200: {"content": {"text/csv": {}}}}
    )
    async def show_report(upload_id: UUID) -> StreamingResponse:
        """Everything that is wrong in a file as CSV: line, column, value, problem, cure, and what became of the row."""
        await known(upload_id)
        headers = {"Content-Disposition": f'attachment; filename="report-{upload_id}.csv"'}
        return StreamingResponse(report(uploads.problems(upload_id)), media_type=_CSV, headers=headers)

    async def take(request: Request, response: Response, wait: bool, **about: Any) -> UploadDetails:
        upload_id = new_event_id()
        path = worker.path(upload_id)
        name = await receive(request, path, most_megabytes * MEGABYTE)
        upload = Upload(upload_id=upload_id, file_name=name, size=path.stat().st_size, created_at=clock.real(), **about)
        await worker.add(upload)
        response.headers["Location"] = f"/leads/uploads/{upload_id}"
        if wait:
            await worker.finished(upload_id)
            response.status_code = 200
        return await details(await known(upload_id))

    async def known(upload_id: UUID) -> Upload:
        upload = await uploads.get(upload_id)
        if upload is None:
            raise NotFound(f"there is no upload {upload_id}; list them at GET /leads/uploads")
        return upload

    async def details(upload: Upload) -> UploadDetails:
        problems = [
            ProblemView.model_validate(each) async for each in uploads.problems(upload.upload_id, PROBLEMS_SHOWN)
        ]
        return UploadDetails(
            **UploadView.model_validate(upload).model_dump(),
            problems=tuple(problems),
            report=f"/leads/uploads/{upload.upload_id}/report",
        )

    return routes

"""Errors over HTTP: problem+json (RFC 9457) that names the field at fault and the cure."""

import json
import math
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.runtime.errors import Failure, TooMany, Unauthorized


def install(app: FastAPI) -> None:
    """Answer every failure of this application as problem+json."""
    app.add_exception_handler(Failure, _failure)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


class Problem(JSONResponse):
    """A problem as an answer; whatever the client sent, the answer can be written."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def problem(status: int, slug: str, detail: str, **more: Any) -> JSONResponse:
    body = {
        "type": f"urn:messiah:{slug}",
        "title": slug.replace("-", " "),
        "status": status,
        "detail": detail,
    }
    return Problem(body | more, status)


def of_failure(failure: Failure) -> JSONResponse:
    """A failure as an answer."""
    more = {"field": failure.field} if failure.field else {}
    answer = problem(failure.status, failure.slug, failure.detail, **more)
    if isinstance(failure, Unauthorized):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(failure, TooMany):
        answer.headers["Retry-After"] = str(math.ceil(failure.retry_after_s))
    return answer


async def _failure(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Failure):
        raise error
    return of_failure(error)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [
        {"field": ".".join(map(str, each["loc"])), "detail": each["msg"].removeprefix("Value error, ")}
        for each in error.errors()
    ]
    return problem(422, "invalid", errors[0]["detail"], field=errors[0]["field"], errors=errors)


async def _http(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    more = {"field": "body"} if status == 422 else {}  # what is raised so is what went by while the body came
    answer = problem(status, _slug(status), _CURES.get(status, str(error.detail)), **more)
    answer.headers.update(error.headers or {})
    return answer


async def _bug(_: Request, __: Exception) -> JSONResponse:
    return problem(500, "bug", "this is a fault of ours; the log of the service says more")


_CURES = {
    404: "there is no such address; GET /docs shows those there are",
    405: "this address does not know that method; the header Allow names those it does",
}


def _slug(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "-") if status in set(HTTPStatus) else "http"

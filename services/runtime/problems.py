"""Errors over HTTP: problem+json (RFC 9457) that names the field at fault and the cure."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.runtime.errors import Failure


def install(app: FastAPI) -> None:
    """Answer every failure of this application as problem+json."""
    app.add_exception_handler(Failure, _failure)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def problem(status: int, slug: str, detail: str, **more: Any) -> JSONResponse:
    body = {
        "type": f"urn:messiah:{slug}",
        "title": slug.replace("-", " "),
        "status": status,
        "detail": detail,
    }
    return JSONResponse(body | more, status, media_type="application/problem+json")


async def _failure(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Failure):
        raise error
    more = {"field": error.field} if error.field else {}
    return problem(error.status, error.slug, error.detail, **more)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [{"field": ".".join(map(str, each["loc"])), "detail": each["msg"]} for each in error.errors()]
    return problem(422, "invalid", errors[0]["detail"], field=errors[0]["field"], errors=errors)


async def _http(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, "http", str(error.detail))

"""The OpenAPI document as it is true here: every error is a problem, and every operation says what a token needs."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from services.runtime.security import Scope, scope_needed

PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "Why not (RFC 9457): `detail` says what to do, `field` names what is at fault, if one is.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_FASTAPI: Final = ("HTTPValidationError", "ValidationError")
"""What the framework would answer, and we do not."""


def install(app: FastAPI) -> None:
    """Have this application show the true document. The routes may still be added."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def scopes(app: FastAPI) -> Iterator[tuple[str, str, Scope | None]]:
    """Method, path and what a token needs there, of every operation. None: no token is asked for."""
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or ("*",)):
            path = route.path or str(route.original_route)
            yield method, path, scope_needed(getattr(route, "dependencies", ()), method)


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FASTAPI:
        components.pop(name, None)
    components["Problem"] = PROBLEM
    for method, path, scope in scopes(app):
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is not None:
            _tell(operation, scope)
    return document


def _tell(operation: dict[str, Any], scope: Scope | None) -> None:
    answers = operation["responses"]
    if "422" in answers:
        answers["422"] = _problem("The input is not what it should be; `field` names the first fault")
    if scope is not None:
        operation["security"] = [{"token": [scope.value]}]
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds the scope `{scope}`.".strip()
        answers["401"] = _problem("No token, or a wrong one")
        answers["403"] = _problem(f"The token lacks the scope `{scope}`")
    answers.setdefault("4XX", _problem("Refused; `detail` says why, and what to do"))
    answers.setdefault("503", _problem("Something this depends on does not answer; try again later"))


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}

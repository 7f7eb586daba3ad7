"""Measures every HTTP request by the template of its route, and serves the numbers of all services here at /metrics."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.logs import about
from services.runtime.metrics import Metrics, exposition
from services.runtime.security import guarded
from services.runtime.service import Service
from services.runtime.settings import RuntimeSettings
from services.runtime.spans import NOTHING, Spans, of_call, read

if TYPE_CHECKING:
    from opentelemetry.trace import Span

NO_ROUTE = "(none)"
"""What was asked for and is not there; its path could be anything, and so is no label."""
_CALL = re.compile(r"/(?:twilio/[a-z-]+|calls)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/|$)")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def install(app: FastAPI, services: Sequence[Service], settings: RuntimeSettings) -> None:
    """Measure this application, and offer /metrics: to those who may use the API, or to all with METRICS_PUBLIC."""
    process = Metrics(services[0].name if len(services) == 1 else "messiah")
    ProcessCollector(registry=process.registry)
    process.gauge("build_info", "1, and what runs here", ["version", "python"]).labels(
        _version(), python_version()
    ).set(1)
    app.add_middleware(Measured, metrics=process)
    access = [] if settings.metrics_public else guarded(settings.messiah_api_token)

    @app.get("/metrics", tags=["operations"], dependencies=access, response_class=Response)
    async def metrics() -> Response:
        """The numbers of every service here, in the text format of Prometheus."""
        for service in services:
            await service.metrics.refresh()
        text = exposition([process, *(service.metrics for service in services)])
        return Response(text, media_type=CONTENT_TYPE_LATEST)


class Measured:
    """Counts requests and how long each waits for its answer to begin. Sockets pass through untouched."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._spans = Spans(metrics.service)
        labels = ["method", "route", "status"]
        self._requests = metrics.counter("http_requests", "HTTP requests, by the template of their route", labels)
        self._seconds = metrics.histogram("http_seconds", "From a request to the beginning of its answer", ["route"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        call_id = _call_in(scope["path"])
        with about(f"calls.{call_id}" if call_id else ""), self._span(scope, call_id) as span:

            async def measured(message: Message) -> None:
                if message["type"] == "http.response.start":
                    route = self._measure(scope, message["status"], perf_counter() - began)
                    if span is not None:
                        span.update_name(f"{scope['method']} {route}")
                        span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self._app(scope, receive, measured)

    def _span(self, scope: Scope, call_id: UUID | None) -> "AbstractContextManager[Span | None]":
        if not self._spans.on:
            return NOTHING
        asked = {"traceparent": Headers(scope=scope).get("traceparent", "")}
        return self._spans.span(scope["method"], "server", of_call(call_id) if call_id else read(asked))

    def _measure(self, scope: Scope, status: int, seconds: float) -> str:
        route: str = getattr(scope.get("route"), "path", None) or NO_ROUTE
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)
        return route


def _call_in(path: str) -> UUID | None:
    """The call that a request is about: the carrier's callbacks and our own routes name it in their path."""
    found = _CALL.match(path)
    return UUID(found[1]) if found else None


def _version() -> str:
    try:
        return version("agent-messiah")
    except PackageNotFoundError:  # run from its sources
        return "unknown"

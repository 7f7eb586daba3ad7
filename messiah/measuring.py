"""Measures every HTTP request by the template of its route, and serves the numbers of all services here at /metrics."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from time import perf_counter

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.metrics import Metrics, exposition
from services.runtime.security import guarded
from services.runtime.service import Service
from services.runtime.settings import RuntimeSettings

NO_ROUTE = "(none)"
"""What was asked for and is not there; its path could be anything, and so is no label."""
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
        labels = ["method", "route", "status"]
        self._requests = metrics.counter("http_requests", "HTTP requests, by the template of their route", labels)
        self._seconds = metrics.histogram("http_seconds", "From a request to the beginning of its answer", ["route"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._measure(scope, message["status"], perf_counter() - began)
            await send(message)

        await self._app(scope, receive, measured)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or NO_ROUTE
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)


def _version() -> str:
    try:
        return version("agent-messiah")
    except PackageNotFoundError:  # run from its sources
        return "unknown"

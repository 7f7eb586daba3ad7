"""One HTTP application for one service or for all of them: their routes, their health and their documents."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, RedirectResponse

from messiah import docs_page, measuring, openapi
from services.runtime import problems
from services.runtime.bodies import Bodies
from services.runtime.doorkeeper import Doorkeeper
from services.runtime.errors import NotFound
from services.runtime.headers import Headed
from services.runtime.service import Service
from services.runtime.settings import RuntimeSettings


def build_app(services: Sequence[Service], settings: RuntimeSettings | None = None) -> FastAPI:
    """Serve the routers of services that are built; whether they have started shows at /ready. Without `settings`
    they are the defaults."""
    settings = settings or RuntimeSettings.model_construct()
    names = ", ".join(service.name for service in services)
    app = FastAPI(
        title="Agent Messiah" if len(services) > 1 else f"Agent Messiah: {names}",
        version="1",
        description=f"The HTTP side of {names}. What they tell each other over NATS is at /asyncapi.",
        docs_url=None,  # ours works without a network
        redoc_url=None,
    )
    problems.install(app)
    for service in services:
        for router in service.routers:
            app.include_router(router, tags=None if router.tags else [service.name])
    app.add_middleware(
        Bodies,
        most=settings.http_body_kb * 1024,
        grace_s=settings.http_body_seconds,
        of_paths={path: most for service in services for path, most in service.body_limits.items()},
    )
    app.add_middleware(
        Doorkeeper,
        settings=settings,
        tokens=services[-1].tokens,  # the last one to stop
        exempt=tuple(path for service in services for path in service.signed_paths),
    )
    measuring.install(app, services, settings)
    app.add_middleware(Headed)
    _add_operations(app, {service.name: service for service in services})
    for service in services:
        for mount in service.mounts:
            mount(app)
    openapi.install(app)
    docs_page.install(app)
    return app


def _add_operations(app: FastAPI, services: dict[str, Service]) -> None:
    """Health and documents: for one service its own, for several together and by name."""

    async def readiness(names: Sequence[str]) -> JSONResponse:
        unwell = {name: reason for name in names if (reason := await services[name].unwell()) is not None}
        body = {
            "status": "not ready" if unwell else "ready",
            "services": {name: unwell.get(name, "ready") for name in names},
        }
        return JSONResponse(body, 503 if unwell else 200)

    @cache  # they take a second to make, and anybody may ask
    def described(*names: str) -> dict[str, Any]:
        return _merged([services[name].asyncapi() for name in names or services])

    def named(name: str) -> Service:
        if name not in services:
            raise NotFound(f"no service {name!r} runs here; there is {', '.join(services)}", field="service")
        return services[name]

    @app.get("/live", tags=["operations"])
    async def live() -> dict[str, str]:
        """This process answers."""
        return {"status": "alive"}

    @app.get("/ready", tags=["operations"], responses={503: {"description": "Not ready, and why"}})
    async def ready() -> JSONResponse:
        """Every service here can do its work."""
        return await readiness(list(services))

    @app.get("/ready/{service}", tags=["operations"], responses={503: {"description": "Not ready, and why"}})
    async def ready_one(service: str) -> JSONResponse:
        """One service can do its work."""
        return await readiness([named(service).name])

    @app.get("/asyncapi", tags=["operations"])
    async def asyncapi() -> dict[str, Any]:
        """What the services here hear, answer and tell, as one AsyncAPI document."""
        return described()

    @app.get("/asyncapi/{service}", tags=["operations"])
    async def asyncapi_one(service: str) -> dict[str, Any]:
        """What one service hears, answers and tells, as an AsyncAPI document."""
        return described(named(service).name)

    @app.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        """Where no service offers a page of its own, its API is the page."""
        return RedirectResponse("/docs")


def _merged(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """One document of several: the parts are named by subject or class, so what is equal is the same."""
    if len(documents) == 1:
        return documents[0]
    whole: dict[str, Any] = {}
    for document in documents:
        _add(whole, document)
    whole["info"] = {"title": "Agent Messiah", "version": "1"}
    return whole


def _add(whole: dict[str, Any], part: dict[str, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(whole.get(key), dict):
            _add(whole[key], value)
        else:
            whole[key] = value

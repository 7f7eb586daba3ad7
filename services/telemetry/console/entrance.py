"""The way in and out: plain pages and forms, because only an answer to a request can set a cookie.

A form from another site is turned away by its Origin; the cookie is not sent with it either.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from jinja2 import Environment

from services.runtime.errors import Refused
from services.runtime.logs import logger
from services.telemetry.console.access.logins import COOKIE
from services.telemetry.console.access.roles import Action
from services.telemetry.console.access.throttle import Throttle
from services.telemetry.console.desk import PATH, Desk
from services.telemetry.console.language import Words, languages, words_in

log = logger(__name__)

HERE = Path(__file__).parent
LANGUAGE, THEME = "console_language", "console_theme"
"""Cookies in which a browser remembers what it was told to show."""
_YEAR = timedelta(days=365)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def router(desk: Desk) -> APIRouter:
    """Logging in and out, and what the pages look like. It comes before the pages, which take all of the path."""
    routes = APIRouter(include_in_schema=False)
    throttle = Throttle()
    page = Environment(autoescape=True).from_string((HERE / "entrance.html").read_text(encoding="utf-8"))

    def shown(request: Request, to: str, name: str = "", problem: str = "", status: int = 200) -> HTMLResponse:
        theme = request.cookies.get(THEME, "")
        html = page.render(
            path=PATH,
            words=words_of(request),
            languages=languages().values(),
            theme=theme if theme in ("light", "dark") else "",
            next=to,
            name=name,
            problem=problem,
        )
        return HTMLResponse(html, status, headers=_HEADERS)

    @routes.get("/")
    async def home() -> RedirectResponse:
        return RedirectResponse(f"{PATH}/")

    @routes.get(f"{PATH}/login")
    async def login_page(request: Request, next: str = "", language: str = "") -> Response:  # noqa: A002
        if language in languages():
            answer: Response = RedirectResponse(_way_to(f"/login?next={next}"), 303)
            answer.set_cookie(LANGUAGE, language, max_age=int(_YEAR.total_seconds()), path=PATH, samesite="lax")
            return answer
        return shown(request, next)

    @routes.post(f"{PATH}/login")
    async def log_in(
        request: Request,
        name: Annotated[str, Form(max_length=200)],
        password: Annotated[str, Form(max_length=1000)],
        next: Annotated[str, Form(max_length=500)] = "",  # noqa: A002
    ) -> Response:
        require_same_origin(request)
        words, name = words_of(request), name.strip()
        address = request.client.host if request.client else ""
        keys = (f"name {name.casefold()}", f"address {address}")
        if wait := throttle.wait_s(keys):
            return shown(request, next, name, words("entrance.wait", seconds=round(wait) + 1), 429)
        throttle.failed(keys)  # until it is known to be right: guesses that are sent at once count as well
        if not await desk.accounts.is_right(name, password):
            log.warning("wrong password for the console", address=address)
            await desk.audit.write(name, Action.LOG_IN, address, failure="wrong name or password")
            return shown(request, next, name, words("entrance.wrong"), 401)
        throttle.succeeded(keys)
        cookie = await desk.logins.open(name)
        await desk.audit.write(name, Action.LOG_IN, address)
        answer = RedirectResponse(_way_to(next), 303)
        is_secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
        answer.set_cookie(COOKIE, cookie, path=PATH, httponly=True, samesite="lax", secure=is_secure)
        return answer

    @routes.post(f"{PATH}/logout")
    async def log_out(request: Request) -> Response:
        require_same_origin(request)
        visitor = await desk.logins.visitor(request.cookies.get(COOKIE))
        if visitor is not None:
            await desk.logins.close(visitor.login)
            await desk.audit.write(visitor.name, Action.LOG_OUT, visitor.name)
        answer = RedirectResponse(_way_to("/login"), 303)
        answer.delete_cookie(COOKIE, path=PATH)
        return answer

    @routes.get(f"{PATH}/style.css")
    async def style() -> FileResponse:
        return FileResponse(HERE / "style.css", headers={"Cache-Control": "no-cache"})

    @routes.get(f"{PATH}/icon.svg")
    async def icon() -> FileResponse:
        return FileResponse(HERE / "icon.svg", headers={"Cache-Control": "max-age=86400"})

    return routes


def words_of(request: Request) -> Words:
    """The words in the language that the browser was told to show."""
    return words_in(request.cookies.get(LANGUAGE))


def require_same_origin(request: Request) -> None:
    """Raises Refused for a form that another site sent. What is no browser sends no Origin, and no cookie by itself."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused("this form came from another site; open the console itself and try again")


def _way_to(page: str) -> str:
    """Where to go within the console; never out of it."""
    inside = page.startswith("/") and not page.startswith(("//", "/\\")) and "\\" not in page
    return PATH + (page if inside else "/")

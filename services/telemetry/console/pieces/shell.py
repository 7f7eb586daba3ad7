"""What is around every page: who may see it, the way to the others, language, theme, and the way out."""

import copy
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from services.runtime.errors import Failure, Unauthorized
from services.runtime.problems import of_failure
from services.telemetry.console.access.logins import COOKIE
from services.telemetry.console.access.roles import Role
from services.telemetry.console.desk import PATH, Desk
from services.telemetry.console.entrance import LANGUAGE, THEME, words_of
from services.telemetry.console.language import languages
from services.telemetry.console.pieces.marks import alert, icon_button, text
from services.telemetry.console.pieces.password import password_dialog
from services.telemetry.console.pieces.visit import Visit

LINKS = (
    ("live", "/", "sensors"),
    ("campaigns", "/campaigns", "campaign"),
    ("calls", "/calls", "call"),
    ("meetings", "/meetings", "event"),
    ("statistics", "/statistics", "bar_chart"),
    ("playbooks", "/playbooks", "menu_book"),
    ("system", "/system", "dns"),
)
"""The pages one can go to from everywhere."""

SLOWEST_S = 20.0
"""How long a page may take to be put together, should a neighbour be slow."""
STILL_THERE_S = 60.0
"""How often a page that is open asks whether its visitor still may see it."""
_DARK = {"light": False, "dark": True}
_NEXT_THEME = {"auto": "light", "light": "dark", "dark": "auto"}
_ICONS = {"auto": "brightness_auto", "light": "light_mode", "dark": "dark_mode"}

Build = Callable[[Visit], Awaitable[None]]


def page(desk: Desk, path: str, name: str, needs: Role = Role.VIEWER) -> Callable[[Build], Build]:
    """Show `build` at a path of the console, to whoever is logged in and has the role."""

    def decorate(build: Build) -> Build:
        async def shown(request: Request) -> Response | None:
            try:
                visitor = await desk.logins.visitor(request.cookies.get(COOKIE))
            except Failure as failure:
                return of_failure(failure)
            if visitor is None:
                return RedirectResponse(f"{PATH}/login?next={quote(_within(request))}", 303)
            visit = Visit(desk, visitor, words_of(request), request)
            _dress(visit, name)
            with _frame(visit, name):
                if not visitor.role.includes(needs):
                    text(visit.words("failed.not_allowed", role=visit.words.of("role", needs)), "p", "problem")
                    return None
                try:
                    await build(visit)
                except Failure as failure:
                    alert(visit.words("failed.read", why=visit.words.why(failure.detail)))
                except Exception as error:
                    alert(visit.sorry(error))
            return None

        ui.page(path, title="Agent Messiah", response_timeout=SLOWEST_S)(shown)
        return build

    return decorate


def _within(request: Request) -> str:
    """The page asked for, as the console names it."""
    path = request.url.path.removeprefix(PATH) or "/"
    return f"{path}?{request.url.query}" if request.url.query else path


def _dress(visit: Visit, name: str) -> None:
    """Language, direction, theme and title of this one showing."""
    client = ui.context.client
    dressed = copy.copy(client.page)
    dressed.language = visit.words.quasar  # type: ignore[assignment]  # one of the languages it knows
    dressed.dark = _DARK.get(visit.request.cookies.get(THEME, ""))
    dressed.title = f"{visit.words(f'page.{name}')} · Agent Messiah"
    client.page = dressed
    client.on_exception(visit.went_wrong)  # of a button, a timer, whatever else happens on the page

    async def still_there() -> None:
        try:
            now = await visit.desk.logins.again(visit.visitor, acts=False)
        except Unauthorized:
            ui.navigate.to("/login")
        except Failure:
            return  # asked again in a minute
        else:
            if now.role is not visit.visitor.role:
                ui.navigate.reload()

    ui.timer(STILL_THERE_S, still_there, immediate=False)


def _frame(visit: Visit, name: str) -> ui.element:
    words = visit.words
    ui.link(words("shell.skip"), "#content").classes("skip")
    with ui.element("header").classes("top"):
        with ui.element("a").props(f'href="{PATH}/"').classes("brand"):
            ui.element("img").props(f'src="{PATH}/icon.svg" alt="" width="28" height="28"')
            text("Agent Messiah")
        with ui.element("div").classes("tools"):
            _tools(visit)
    with ui.element("nav").classes("pages").props(f'aria-label="{words("shell.pages")}"'):
        for each, path, icon in LINKS:
            with ui.element("a").props(f'href="{PATH}{path}"') as entry:
                ui.icon(icon).props('aria-hidden="true"')
                text(words(f"page.{each}"))
            if each == name or (path != "/" and _within(visit.request).startswith(path)):
                entry.props('aria-current="page"')
    main = ui.element("main").props('id="content" tabindex="-1"')
    with main:
        text(words(f"page.{name}"), "h1")
    return main


def _tools(visit: Visit) -> None:
    words = visit.words
    for other in languages().values():
        if other.language != words.language:
            switch = ui.button(other("language"), color=None).props(f'flat dense no-caps lang="{other.language}"')
            switch.on("click", js_handler=_remember(LANGUAGE, other.language))
    theme = visit.request.cookies.get(THEME, "auto")
    theme = theme if theme in _NEXT_THEME else "auto"
    toggle = icon_button(words("shell.theme", theme=words(f"theme.{theme}")), _ICONS[theme], lambda: None)
    toggle.on("click", js_handler=_remember(THEME, _NEXT_THEME[theme]))
    account = ui.button(icon="account_circle", color=None).props("flat round dense")
    account.props["aria-label"] = words("shell.account", name=visit.visitor.name)
    with account, ui.menu().props("auto-close"), ui.element("div").classes("account"):
        text(visit.visitor.name, "strong")
        text(words.of("role", visit.visitor.role), classes="soft")
        dialog = password_dialog(visit)
        ui.button(words("password.change"), color=None, on_click=dialog.open).props("flat dense no-caps")
        if visit.visitor.role is Role.ADMIN:
            ui.link(words("page.audit"), "/audit")
            ui.link(words("page.users"), "/users")
        with ui.element("form").props(f'method="post" action="{PATH}/logout"'):
            text(words("shell.log_out"), "button", "plain").props('type="submit"')


def _remember(cookie: str, value: str) -> str:
    return (
        f"() => {{ document.cookie = '{cookie}={value};path={PATH};max-age=31536000;samesite=lax'; "
        "window.location.reload(); }"
    )

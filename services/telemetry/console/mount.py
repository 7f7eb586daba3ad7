"""Puts the console into an HTTP application. Whoever imports this imports NiceGUI, which takes a second."""

from fastapi import FastAPI
from nicegui import app as nicegui
from nicegui import ui
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.telemetry.console.desk import PATH, Desk
from services.telemetry.console.pages import (
    audit,
    call,
    calls,
    campaign,
    campaigns,
    live,
    meetings,
    playbook,
    playbooks,
    statistics,
    system,
    users,
)

PAGES = (
    live, campaigns, campaign, calls, call, meetings, statistics, playbooks, playbook, system, audit, users,
)  # fmt: skip
RECONNECT_S = 15.0
"""How long a page that lost its connection, on a phone in a lift, is kept for it."""
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self'; font-src 'self' data:; connect-src 'self' ws: wss:; "
    "form-action 'self'; base-uri 'self'; frame-ancestors 'none'; object-src 'none'"
)
"""Everything comes from here: the console works without any other network."""


def mount(app: FastAPI, desk: Desk) -> None:
    """Serve the console under PATH. NiceGUI is one application a process: the last one mounted is the one shown."""
    nicegui.middleware_stack = None
    nicegui.user_middleware.clear()
    for each in PAGES:
        each.add(desk)
    nicegui.add_middleware(_Headers)
    ui.run_with(
        app,
        mount_path=PATH,
        title="Agent Messiah",
        favicon="data:,",
        dark=None,
        language="he",
        tailwind=False,
        reconnect_timeout=RECONNECT_S,
        binding_refresh_interval=None,
        show_welcome_message=False,
    )
    nicegui.colors(primary="#0f766e", positive="#147a46", negative="#b3261e", warning="#8a5a00")
    _only_same_origin()
    ui.add_head_html(f'<link rel="stylesheet" href="{PATH}/style.css">', shared=True)


def _only_same_origin() -> None:
    """A page of another site cannot open the socket of ours, not even in a browser that sends our cookie along."""
    from nicegui import core

    core.sio.eio.cors_allowed_origins = None


class _Headers:
    """Nothing from elsewhere, in nobody's frame; what has a version in its path need not be asked for again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_versioned = "/_nicegui/" in scope["path"] and "/dynamic_resources/" not in scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                if is_versioned and message["status"] == 200:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"
            await send(message)

        await self._app(scope, receive, send_with_headers)

"""Who did what: the audit log, for admins."""

from functools import partial

from nicegui import ui

from services.telemetry.console.access.audit import Entry
from services.telemetry.console.access.roles import Role
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words
from services.telemetry.console.pieces import forms
from services.telemetry.console.pieces.marks import badge, latin, nothing, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.tables import Cell, table
from services.telemetry.console.pieces.visit import Visit

A_PAGE = 100


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/audit", "audit", needs=Role.ADMIN)
    async def audit(visit: Visit) -> None:
        words, query = visit.words, dict(visit.request.query_params)
        before = query.get("before", "")
        user = query.get("user") or None
        with forms.filters("/audit", words("filter.title")):
            forms.field(words("audit.user"), "user", user or "")
            with ui.element("div").classes("buttons"):
                forms.submit(words("filter.show"))
        entries = await desk.audit.newest(A_PAGE, int(before) if before.isdecimal() else None, user)
        if not entries:
            nothing(words("audit.none"))
            return
        names = ("at", "user", "action", "about", "result")
        table(words("page.audit"), [words(f"audit.{each}") for each in names], [_row(words, each) for each in entries])
        if len(entries) == A_PAGE:
            with ui.element("nav").classes("pager") as pager:
                pager.props["aria-label"] = words("pager.title")
                older = {"user": user, "before": str(entries[-1].id)}
                ui.link(words("pager.next"), forms.address("/audit", older))


def _row(words: Words, entry: Entry) -> list[Cell]:
    def about() -> None:
        text(entry.about)
        if entry.detail:
            text(entry.detail, classes="soft block")

    def result() -> None:
        badge(words("audit.done" if entry.failure is None else "audit.failed"), "bad" if entry.failure else "good")
        if entry.failure:
            text(words.why(entry.failure), classes="soft block")

    return [partial(latin, words.moment(entry.at)), entry.user, words.of("action", entry.action), about, result]

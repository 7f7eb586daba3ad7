"""All playbooks."""

from functools import partial

from nicegui import ui

from services.telemetry.console.desk import Desk
from services.telemetry.console.pieces.marks import latin, nothing, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.tables import Cell, table
from services.telemetry.console.pieces.visit import Visit

HASH_SHOWN = 12


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/playbooks", "playbooks")
    async def playbooks(visit: Visit) -> None:
        words = visit.words
        found = (await desk.neighbours.playbooks("list")).playbooks
        if not found:
            nothing(words("playbooks.none"))
            return
        text(words("playbooks.note"), "p", "soft")
        rows: list[list[Cell]] = [
            [
                partial(ui.link, each.name, f"/playbooks/{each.name}"),
                each.company,
                words.of("playbook_language", each.language),
                partial(latin, each.content_hash[:HASH_SHOWN]),
            ]
            for each in found
        ]
        names = ("name", "company", "language", "version")
        with ui.element("div").classes("wide"):
            table(words("page.playbooks"), [words(f"playbooks.{each}") for each in names], rows)

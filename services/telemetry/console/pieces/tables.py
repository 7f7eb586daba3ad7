"""Tables: headings, rows and cells; on a narrow screen each row becomes a card whose cells name themselves."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nicegui import ui

from services.telemetry.console.pieces.marks import text

Cell = str | Callable[[], Any]
"""A text, or what builds the cell's content."""


def table(name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> ui.element:
    """A table with a name for those who do not see where it stands."""
    made = ui.element("table").classes("table")
    made.props["aria-label"] = name
    with made:
        with ui.element("thead"), ui.element("tr"):
            for heading in headings:
                text(heading, "th").props('scope="col"')
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for heading, cell in zip(headings, row, strict=True):
                        _cell(heading, cell)
    return made


def _cell(heading: str, cell: Cell) -> None:
    made = ui.element("td")
    made.props["data-label"] = heading
    with made:
        if isinstance(cell, str):
            text(cell)
        else:
            cell()

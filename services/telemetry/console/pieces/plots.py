"""Plots of plain elements: they follow the direction and the colours of the page, and can be read aloud."""

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui

from services.telemetry.console.pieces.marks import latin, text


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, how long it is, and what stands at its end."""

    name: str
    value: float
    shown: str
    low: float | None = None
    high: float | None = None
    """An interval around the value, in its unit."""
    target: str | None = None
    """Where its name leads."""


def bar(share: float, name: str) -> None:
    """How much of something is done, 0 to 1."""
    with ui.element("div").classes("bar").props('role="img"') as made:
        made.props["aria-label"] = name
        ui.element("div").style(f"inline-size: {min(max(share, 0), 1) * 100:.2f}%")


def bars(rows: Sequence[Bar], *, told: bool = False) -> None:
    """Bars below each other, of which the longest fills the width; under their names if these are sentences."""
    longest = max((max(row.value, row.high or 0) for row in rows), default=0) or 1
    with ui.element("ul").classes("bars told" if told else "bars"):
        for row in rows:
            with ui.element("li"):
                if row.target:
                    ui.link(row.name, row.target).classes("bar-name")
                else:
                    text(row.name, classes="bar-name")
                with ui.element("div").classes("bar").props('aria-hidden="true"'):
                    ui.element("div").style(f"inline-size: {row.value / longest * 100:.2f}%")
                    if row.low is not None and row.high is not None:
                        start, width = row.low / longest * 100, (row.high - row.low) / longest * 100
                        ui.element("i").style(f"inset-inline-start: {start:.2f}%; inline-size: {width:.2f}%")
                latin(row.shown, "bar-value")


@dataclass(frozen=True)
class Column:
    """One column of a histogram, and the part of it that is marked."""

    name: str
    value: float
    described: str
    part: float = 0


def columns(name: str, shown: Sequence[Column], every: int = 1) -> None:
    """Columns beside each other, from left to right; every so many has its name below it."""
    highest = max((column.value for column in shown), default=0) or 1
    with ui.element("ol").classes("plot").props('dir="ltr"') as plot:
        plot.props["aria-label"] = name
        for place, column in enumerate(shown):
            with ui.element("li") as made:
                made.props["aria-label"] = column.described
                made.props["title"] = column.described
                frame = ui.element("div").classes("column-frame").props('aria-hidden="true"')
                height = f"height: {column.value / highest * 100:.2f}%"
                with frame, ui.element("div").classes("bar-column").style(height):
                    if column.value:
                        ui.element("div").style(f"height: {column.part / column.value * 100:.2f}%")
                latin(column.name if place % every == 0 else "", "tick").props('aria-hidden="true"')


def number(name: str, value: str) -> None:
    """One number that matters."""
    with ui.element("div").classes("number"):
        latin(value, "number-value")
        text(name, classes="soft")

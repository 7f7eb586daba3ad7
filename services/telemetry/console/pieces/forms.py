"""Plain forms that ask for another view of a page: what is chosen stands in the address, so it can be kept and sent."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from nicegui import ui

from services.telemetry.console.desk import PATH
from services.telemetry.console.pieces.marks import text


def filters(page: str, name: str) -> ui.element:
    """A form that shows `page` again with what was filled in."""
    made = ui.element("form").classes("filters").props(f'method="get" action="{PATH}{page}" role="search"')
    made.props["aria-label"] = name
    return made


def field(label: str, name: str, value: str, kind: str = "text", placeholder: str = "") -> None:
    """Something to type."""
    with ui.element("label").classes("field"):
        text(label)
        made = ui.element("input")
        made.props.update({"name": name, "type": kind, "value": value, "placeholder": placeholder})
        if kind in ("date", "number"):
            made.props["dir"] = "ltr"


def choice(label: str, name: str, chosen: str, options: Iterable[tuple[str, str]]) -> None:
    """Something to choose: values and what they are called."""
    with ui.element("label").classes("field"):
        text(label)
        with ui.element("select") as made:
            made.props["name"] = name
            for value, called in options:
                option = text(called, "option")
                option.props["value"] = value
                if value == chosen:
                    option.props["selected"] = True


def submit(label: str) -> None:
    """What sends the form."""
    text(label, "button", "plain primary").props('type="submit"')


def address(page: str, query: Mapping[str, str | None]) -> str:
    """A page of the console with a query."""
    given = {name: value for name, value in query.items() if value}
    return f"{page}?{urlencode(given)}" if given else page

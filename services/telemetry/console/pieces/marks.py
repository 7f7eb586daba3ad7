"""Plain marks on a page: headings, texts, badges, links and buttons, each with a name that can be read aloud."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

Handler = Callable[..., Any]


def text(content: str, tag: str = "span", classes: str = "") -> TextElement:
    """Some text in an element of its own; names and sentences of either direction stand the right way."""
    return TextElement(tag=tag, text=content).classes(classes).props('dir="auto"' if tag in ("span", "p", "td") else "")


def latin(content: str, classes: str = "") -> TextElement:
    """Numbers, codes and addresses, which run from left to right in any language."""
    return TextElement(tag="span", text=content).classes(f"latin {classes}").props('dir="ltr"')


def badge(content: str, tone: str = "calm") -> TextElement:
    """A short word in a coloured pill: good, bad, warm, live or calm."""
    return TextElement(tag="span", text=content).classes("badge").props(f'data-tone="{tone}"')


def link(content: str, target: str) -> ui.link:
    """A link within the console, or to an address outside."""
    return ui.link(content, target)


def button(content: str, on_click: Handler, *, icon: str | None = None, kind: str = "") -> ui.button:
    """A button with a word on it. `kind` is empty, primary or danger."""
    props = {"primary": "unelevated color=primary", "danger": "outline color=negative"}.get(kind, "outline")
    return ui.button(content, icon=icon, on_click=on_click, color=None).props(f"{props} no-caps dense").classes("word")


def icon_button(name: str, icon: str, on_click: Handler) -> ui.button:
    """A button with a picture on it, and a name for those who do not see it or do not know it."""
    made = ui.button(icon=icon, on_click=on_click, color=None).props("flat round dense")
    made.props["aria-label"] = name
    with made:
        ui.tooltip(name)
    return made


def alert(content: str) -> None:
    """Says what did not work, in the place of what was to be there."""
    text(content, "p", "problem").props('role="alert"')


def nothing(content: str) -> None:
    """Says that there is nothing to show, and what to do about it."""
    with ui.element("div").classes("empty"):
        text(content, "p")


def section(title: str, classes: str = "") -> ui.element:
    """A part of a page under a heading of its own."""
    made = ui.element("section").classes(f"part {classes}")
    with made:
        text(title, "h2")
    return made


def facts(rows: list[tuple[str, str]]) -> None:
    """Names and values, one pair a line."""
    with ui.element("dl").classes("facts"):
        for name, value in rows:
            text(name, "dt")
            text(value, "dd").props('dir="auto"')

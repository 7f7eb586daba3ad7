"""Asking once more before something is done that cannot be taken back."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from services.telemetry.console.language import Words
from services.telemetry.console.pieces.marks import button, text


def ask(words: Words, question: str, yes: str, then: Callable[[], Awaitable[object]]) -> None:
    """Show a question; `then` is done if the answer is yes."""

    async def confirmed() -> None:
        dialog.close()
        await then()

    with ui.dialog() as dialog, ui.element("div").classes("dialog").props('role="alertdialog"') as box:
        box.props["aria-label"] = question
        text(question, "p")
        with ui.element("div").classes("buttons"):
            button(words("cancel"), dialog.close)
            button(yes, confirmed, kind="danger")
    dialog.on("hide", dialog.delete)
    dialog.open()

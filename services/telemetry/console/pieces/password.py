"""A dialog in which people change their own password."""

from nicegui import ui

from services.runtime.errors import Refused
from services.telemetry.console.access.roles import Action
from services.telemetry.console.pieces.marks import button, text
from services.telemetry.console.pieces.visit import Visit


def password_dialog(visit: Visit) -> ui.dialog:
    """The dialog; it is shown when it is opened."""
    words, desk, visitor = visit.words, visit.desk, visit.visitor

    async def change() -> None:
        if not await desk.accounts.is_right(visitor.name, old.value or ""):
            raise Refused(words("password.wrong"))
        await desk.accounts.set_password(visitor.name, new.value or "", keep_login=visitor.login)

    async def confirm() -> None:
        await visit.do(Action.CHANGE_PASSWORD, visitor.name, change, said=words("password.changed"))
        old.value = new.value = ""
        dialog.close()

    with ui.dialog() as dialog, ui.element("div").classes("dialog"):
        text(words("password.change"), "h2")
        old = ui.input(words("password.old"), password=True).props('outlined dense autocomplete="current-password"')
        new = ui.input(words("password.new"), password=True).props('outlined dense autocomplete="new-password"')
        with ui.element("div").classes("buttons"):
            button(words("close"), dialog.close)
            button(words("save"), confirm, kind="primary")
    return dialog

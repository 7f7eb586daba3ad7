"""Who may use the console: for admins."""

from functools import partial

from nicegui import ui

from services.telemetry.console.access.accounts import User
from services.telemetry.console.access.roles import Action, Role
from services.telemetry.console.desk import Desk
from services.telemetry.console.pieces.asking import ask
from services.telemetry.console.pieces.freshness import follow
from services.telemetry.console.pieces.marks import button, latin, section, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.tables import Cell, table
from services.telemetry.console.pieces.visit import Visit

REFRESH_S = 5.0


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/users", "users", needs=Role.ADMIN)
    async def users(visit: Visit) -> None:
        look = await follow(visit, REFRESH_S, desk.accounts.everybody, partial(_everybody, visit))
        words = visit.words

        async def add_user() -> None:
            called, chosen = (name.value or "").strip(), Role(role.value)

            async def step() -> bool:
                await desk.accounts.add(called, password.value or "", chosen)
                return True

            if await visit.do(Action.ADD_USER, called or "–", step, said=words("users.added"), detail=chosen):
                name.value = password.value = ""
                await look()

        with section(words("users.add")):
            with ui.element("div").classes("inputs"):
                name = ui.input(words("users.name")).props('outlined dense autocomplete="off"')
                password = ui.input(words("users.password"), password=True)
                password.props('outlined dense autocomplete="new-password"')
                roles = {each.value: words.of("role", each) for each in Role}
                role = ui.select(roles, value=Role.VIEWER.value, label=words("users.role")).props("outlined dense")
            with ui.element("div").classes("buttons"):
                button(words("users.add"), add_user, kind="primary")


def _everybody(visit: Visit, users: list[User]) -> None:
    words = visit.words
    names = ("name", "role", "since")
    rows = [[*_row(visit, each), partial(_steps, visit, each)] for each in users]
    headings = [*(words(f"users.{each}") for each in names), words("audit.action")]
    with ui.element("div").classes("wide"):
        table(words("page.users"), headings, rows)


def _row(visit: Visit, user: User) -> list[Cell]:
    words, accounts = visit.words, visit.desk.accounts
    if user.name == visit.visitor.name:
        role: Cell = f"{words.of('role', user.role)} · {words('users.you')}"
    else:

        def role() -> None:
            roles = {each.value: words.of("role", each) for each in Role}
            chosen = ui.select(roles, value=user.role.value).props("outlined dense")
            chosen.props["aria-label"] = f"{words('users.set_role')}: {user.name}"

            async def change() -> None:
                step = partial(accounts.set_role, user.name, Role(chosen.value))
                await visit.do(Action.SET_ROLE, user.name, step, detail=chosen.value)

            chosen.on_value_change(change)

    return [partial(text, user.name, "strong"), role, partial(latin, words.moment(user.created_at))]


def _steps(visit: Visit, user: User) -> None:
    words, accounts = visit.words, visit.desk.accounts
    if user.name == visit.visitor.name:
        return

    async def remove() -> None:
        await visit.do(Action.REMOVE_USER, user.name, partial(accounts.remove, user.name))

    def new_password() -> None:
        async def save() -> None:
            step = partial(accounts.set_password, user.name, given.value or "")
            await visit.do(Action.SET_PASSWORD, user.name, step, said=words("password.changed"))
            dialog.close()

        with ui.dialog() as dialog, ui.element("div").classes("dialog"):
            text(f"{words('users.new_password')}: {user.name}", "h2")
            given = ui.input(words("password.new"), password=True).props('outlined dense autocomplete="new-password"')
            with ui.element("div").classes("buttons"):
                button(words("close"), dialog.close)
                button(words("save"), save, kind="primary")
        dialog.on("hide", dialog.delete)
        dialog.open()

    with ui.element("div").classes("buttons"):
        button(words("users.new_password"), new_password)
        question = words("users.remove_ask", name=user.name)
        button(words("users.remove"), lambda: ask(words, question, words("users.remove"), remove), kind="danger")

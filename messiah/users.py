"""`messiah user`: who may use the console. It works on telemetry's database, whether or not the system runs."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from messiah.remote import open_screen
from services.runtime.errors import InvalidMessage

if TYPE_CHECKING:
    from services.telemetry.console.access.accounts import Accounts
    from services.telemetry.console.access.audit import AuditLog
    from services.telemetry.console.access.roles import Role

user = typer.Typer(no_args_is_help=True, help="Who may use the console, and as what.")

Name = Annotated[str, typer.Argument(help="The name they log in with.")]
RoleName = Annotated[str, typer.Option("--role", help="viewer, operator or admin.")]
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for.")]


@user.command("list")
def user_list() -> None:
    """Everybody who may use the console."""

    async def show(accounts: "Accounts", _: "AuditLog") -> None:
        screen = open_screen()
        everybody = await accounts.everybody()
        for each in everybody:
            screen.row(each.name, each.role, f"{each.created_at:%Y-%m-%d}")
        if not everybody:
            screen.say("nobody yet; the first user is made at the first start")

    _with_accounts(show)


@user.command("add")
def user_add(name: Name, role: RoleName = "viewer", password: Password = "") -> None:
    """Let somebody in."""
    wanted = _role(role)
    _change(f"{name} may log in as {wanted}", "user.add", name, lambda accounts: accounts.add(name, password, wanted))


@user.command("password")
def user_password(name: Name, password: Password = "") -> None:
    """Give somebody another password; they are logged out everywhere."""
    done = f"{name} has another password"
    _change(done, "user.set_password", name, lambda accounts: accounts.set_password(name, password))


@user.command("role")
def user_role(name: Name, role: Annotated[str, typer.Argument(help="viewer, operator or admin.")]) -> None:
    """Give somebody another role, at once."""
    wanted = _role(role)
    _change(f"{name} is {wanted}", "user.set_role", name, lambda accounts: accounts.set_role(name, wanted))


@user.command("remove")
def user_remove(name: Name) -> None:
    """Let somebody in no more, at once."""
    _change(f"{name} is removed", "user.remove", name, lambda accounts: accounts.remove(name))


def _role(given: str) -> "Role":
    from services.telemetry.console.access.roles import Role

    try:
        return Role(given)
    except ValueError:
        raise InvalidMessage(f"a role is {', '.join(Role)}", field="role") from None


def _change(done: str, action: str, name: str, step: "Callable[[Accounts], Awaitable[None]]") -> None:
    async def change(accounts: "Accounts", audit: "AuditLog") -> None:
        await step(accounts)
        await audit.write("command line", action, name)
        open_screen().say(done)

    _with_accounts(change)


def _with_accounts(work: "Callable[[Accounts, AuditLog], Awaitable[None]]") -> None:
    from messiah import serving
    from services.runtime import logs
    from services.runtime.broker import Broker
    from services.runtime.database import Database
    from services.runtime.unit_of_work import Units
    from services.telemetry.app import MIGRATIONS
    from services.telemetry.console.access.accounts import Accounts
    from services.telemetry.console.access.audit import AuditLog
    from services.telemetry.settings import TelemetrySettings
    from services.telemetry.tables import Outbox

    async def run() -> None:
        settings = TelemetrySettings()
        database = Database(settings.store_url("telemetry"), "telemetry")
        try:
            await database.migrate(MIGRATIONS)
            units = Units(database, Broker(settings.broker_url, "telemetry"), None, Outbox)  # which need not run
            await work(Accounts(units), AuditLog(units))
        finally:
            await database.close()

    logs.configure("error")
    serving.run(run())

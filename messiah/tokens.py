"""`messiah token`: make, list and revoke the tokens of the HTTP API."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from messiah.remote import open_screen, with_broker
from services.runtime.errors import InvalidMessage

if TYPE_CHECKING:
    from services.runtime.broker import Broker
    from services.runtime.tokens import Token

token = typer.Typer(no_args_is_help=True, help="Make, list and revoke tokens of the HTTP API.")

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


@token.command("create")
def token_create(
    name: Annotated[str, typer.Argument(help="Whose token it is: a person, a CRM, a web form.")],
    scopes: Annotated[
        list[str], typer.Option("--scope", help="read, leads:write, operate or admin; may be given several times.")
    ],
    expires: Annotated[
        str | None, typer.Option(help="When it ends: 90d, 12h, 4w, or a day such as 2027-01-31. Without: never.")
    ] = None,
) -> None:
    """Make a token and print it, once: nobody can show it again."""
    from services.runtime import tokens
    from services.runtime.security import Scope, listed

    try:
        wanted = frozenset(Scope(each) for each in scopes)
    except ValueError:
        raise InvalidMessage(f"--scope is one of {', '.join(Scope)}", field="scope") from None
    ends = None if expires is None else end_of(expires, datetime.now(UTC))

    async def make(broker: "Broker") -> None:
        made, text = await tokens.create(broker, name, wanted, ends)
        until = f"until {made.expires_at:%Y-%m-%d %H:%M} UTC" if made.expires_at else "until it is revoked"
        typer.echo(f"{made.name} ({made.id}) has the scope {listed(made.scopes)} {until}; keep it safe:", err=True)
        typer.echo(text)

    with_broker(make)


@token.command("list")
def token_list() -> None:
    """Every token ever made, oldest first."""
    from services.runtime import tokens

    async def show(broker: "Broker") -> None:
        screen = open_screen()
        found = await tokens.stored(broker)
        for each in found:
            screen.row(*_row(each))
        if not found:
            screen.say("no tokens; make one with `messiah token create NAME --scope SCOPE`")

    with_broker(show)


@token.command("revoke")
def token_revoke(which: Annotated[str, typer.Argument(help="Its name, or its id from `messiah token list`.")]) -> None:
    """Make a token void, at once and for good."""
    from services.runtime import tokens

    async def end(broker: "Broker") -> None:
        revoked = await tokens.revoke(broker, which)
        open_screen().say(f"{revoked.name} ({revoked.id}) is void")

    with_broker(end)


def end_of(text: str, now: datetime) -> datetime:
    """A time from now, or the end of a day (UTC). Raises InvalidMessage."""
    if found := re.fullmatch(r"(\d{1,5})([hdw])", text.strip()):
        return now + timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except ValueError:
        raise InvalidMessage("--expires is such as 90d, 12h, 4w or 2027-01-31", field="expires") from None


def _row(each: "Token") -> tuple[str, ...]:
    from services.runtime.security import listed

    state = each.fault(datetime.now(UTC)) or (f"until {each.expires_at:%Y-%m-%d}" if each.expires_at else "no end")
    used = f"used {each.used_at:%Y-%m-%d %H:%M}" if each.used_at else "never used"
    return (each.id, each.name, listed(each.scopes), f"made {each.created_at:%Y-%m-%d}", state, used)

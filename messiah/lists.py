"""Commands for lists: leads to call, numbers never to call, and what the national registry said."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from messiah.remote import lead, open_screen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from messiah.uploads import Dialer

T = TypeVar("T")

do_not_call = typer.Typer(no_args_is_help=True, help="Whom never to call, on any channel.")
registry = typer.Typer(no_args_is_help=True, help="What the national do-not-call registry said of numbers.")

Url = Annotated[str | None, typer.Option(help="Where the dialer answers; else MESSIAH_URL.")]
File = Annotated[Path, typer.Argument(help="A CSV file, as Excel writes it.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Where to write it; else standard output.")]
PROBLEMS = 3
"""Exit code of a list with rows that could not be used."""


@lead.command("upload")
def lead_upload(
    file: File,
    campaign_id: Annotated[str | None, typer.Option(help="The campaign to which these leads belong.")] = None,
    url: Url = None,
) -> None:
    """Hand in a list of leads, and see which rows went in and what is wrong with the others."""
    _hand_in("/leads/upload", file, {"campaign_id": campaign_id} if campaign_id else {}, url)


@lead.command("template")
def lead_template(out: Out = None, url: Url = None) -> None:
    """An empty list of leads with one example, for Excel."""
    _write(_ask(url, lambda server: server.get("/leads/template")), out)


@lead.command("report")
def lead_report(upload_id: str, out: Out = None, url: Url = None) -> None:
    """Everything that is wrong in a list that was handed in, as CSV."""
    _write(_ask(url, lambda server: server.get(f"/leads/uploads/{upload_id}/report")), out)


@do_not_call.command("import")
def do_not_call_import(file: File, url: Url = None) -> None:
    """Hand in a list of numbers never to call. There is no way back."""
    _hand_in("/do-not-call/import", file, {}, url)


@do_not_call.command("add")
def do_not_call_add(
    phone: str, quote: Annotated[str | None, typer.Option(help="How they said it.")] = None, url: Url = None
) -> None:
    """Never call this number again. There is no way back."""
    _ask(url, lambda server: server.post("/do-not-call", {"phone": phone, "quote": quote}))
    open_screen().say(f"{phone} is never called again")


@do_not_call.command("check")
def do_not_call_check(phone: str, url: Url = None) -> None:
    """Whether a number is on the list, and what the registry said of it."""
    import json

    found = json.loads(_ask(url, lambda server: server.get("/do-not-call/check", {"phone": phone})))
    screen = open_screen()
    own = f"on the list since {found['opted_out_at']}" if found["opted_out"] else "not on the list"
    screen.say(f"{found['phone']}: {own}", "red" if found["opted_out"] else "green")
    asked = found["registry"]
    if asked is None:
        screen.say("the registry was never asked about it", "yellow")
    else:
        said = "lists it" if asked["listed"] else "does not list it"
        stale = "" if asked["fresh"] else ", which is too long ago to rely on"
        screen.say(f"the registry {said}, asked on {asked['checked_at']}{stale}", "red" if asked["listed"] else "green")


@registry.command("due")
def registry_due(out: Out = None, url: Url = None) -> None:
    """Numbers of leads about which the registry must be asked, as CSV."""
    _write(_ask(url, lambda server: server.get("/registry/due")), out)


@registry.command("import")
def registry_import(
    file: File,
    listed: Annotated[
        bool | None,
        typer.Option("--listed/--not-listed", help="For a file that does not say so: the registry lists all, or none."),
    ] = None,
    checked_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="When it was asked; else now.")
    ] = None,
    url: Url = None,
) -> None:
    """Hand in what the registry said of numbers. It is believed for 15 days."""
    from services.runtime.clock import ISRAEL

    query = {"listed": str(listed).lower()} if listed is not None else {}
    if checked_on is not None:
        query["checked_at"] = checked_on.replace(tzinfo=ISRAEL).isoformat()
    _hand_in("/registry/import", file, query, url)


def _hand_in(path: str, file: Path, query: dict[str, str], url: str | None) -> None:
    from messiah import serving, uploads

    if not serving.run(uploads.hand_in(path, file, query, url, open_screen())):
        raise typer.Exit(PROBLEMS)


def _ask(url: str | None, question: "Callable[[Dialer], Awaitable[T]]") -> T:
    from messiah import serving, uploads

    async def ask() -> T:
        async with uploads.dialer(url) as server:
            return await question(server)

    return serving.run(ask())


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        typer.echo(content.decode(), nl=False)
    else:
        out.write_bytes(content)

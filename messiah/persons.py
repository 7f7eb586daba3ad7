"""`messiah person`: have somebody forgotten, see how far that is, show all that is held on them, and read the log."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from messiah.remote import open_screen

if TYPE_CHECKING:
    from messiah.terminal import Screen
    from messiah.uploads import Dialer

person = typer.Typer(no_args_is_help=True, help="What is held on a person: show it, or have it erased.")

Who = Annotated[str, typer.Argument(help="A lead's id, or a phone number.")]
Url = Annotated[str | None, typer.Option(help="Where the dialer answers; else MESSIAH_URL.")]
POLL_S = 0.5
_FINISHED, _DELETED = "finished", "deleted"
_NUMBER = re.compile(r"\+?[\d ().-]{7,20}")


@person.command("export")
def person_export(
    who: Who,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write it; else standard output.")] = None,
    url: Url = None,
) -> None:
    """All that is held on a person, in every service and stream, as JSON. It is noted in the log."""
    text = json.dumps(_ask(url, "/persons/export", named(who)), ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


@person.command("erase")
def person_erase(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Stay until it is finished; else `messiah person status` tells.")] = True,
    url: Url = None,
) -> None:
    """Forget a person everywhere, for good. A call with them is ended first, a meeting to come is cancelled."""
    if not yes:
        typer.confirm(f"Erase everything on {who}? There is no way back", abort=True)
    from messiah.steering import operator

    erasure = _ask(url, "/persons/erasures", named(who) | {"requested_by": operator()})
    if wait:
        erasure = _follow(erasure["erasure_id"], url)
    _show(erasure, open_screen())


@person.command("status")
def person_status(
    erasure_id: Annotated[str | None, typer.Argument(help="Which; else the newest ones.")] = None, url: Url = None
) -> None:
    """How far erasures are."""
    found = _ask(url, f"/persons/erasures/{erasure_id}" if erasure_id else "/persons/erasures")
    screen = open_screen()
    for each in [found] if erasure_id else found:
        _show(each, screen)
    if not found:
        screen.say("nobody was erased")


@person.command("log")
def person_log(limit: Annotated[int, typer.Option(help="How many entries.")] = 100, url: Url = None) -> None:
    """What was done about people's data, and by whom, the newest first."""
    screen = open_screen()
    found = _ask(url, f"/persons/log?limit={limit}")
    for each in found:
        about = f" {each['person'][:12]}" if each["person"] else ""
        screen.say(f"{each['at'][:19]}  {each['did']}{about} by {each['who']}  {each['detail']}")
    if not found:
        screen.say("nothing was done yet")


def named(who: str) -> dict[str, Any]:
    """A lead's id or a number, as the dialer is asked about it."""
    return {"phone": who} if _NUMBER.fullmatch(who.strip()) else {"lead_id": who}


def _ask(url: str | None, path: str, body: dict[str, Any] | None = None) -> Any:
    from messiah import serving, uploads

    async def ask() -> Any:
        async with uploads.dialer(url) as server:
            return json.loads(await (server.get(path) if body is None else server.post(path, body)))

    return serving.run(ask())


def _follow(erasure_id: str, url: str | None) -> dict[str, Any]:
    import asyncio

    from messiah import serving, uploads

    async def follow(server: "Dialer") -> dict[str, Any]:
        while True:
            found: dict[str, Any] = json.loads(await server.get(f"/persons/erasures/{erasure_id}"))
            if found["state"] == _FINISHED:
                return found
            await asyncio.sleep(POLL_S)

    async def ask() -> dict[str, Any]:
        async with uploads.dialer(url) as server:
            return await follow(server)

    return serving.run(serving.until_signalled(ask())) or _ask(url, f"/persons/erasures/{erasure_id}")


def _show(erasure: dict[str, Any], screen: "Screen") -> None:
    done = erasure["state"] == _FINISHED
    screen.say(
        f"{erasure['erasure_id']}  {erasure['state']}, asked for by {erasure['requested_by']}",
        "green" if done else "yellow",
    )
    for service, removed in erasure["removed"].items():
        screen.say(
            f"  {service}: {', '.join(f'{count} {kind}' for kind, count in removed.items()) or 'nothing'}", "dim"
        )
    for copy in erasure["copies"]:
        screen.say(f"  {_told(copy)}", "dim" if copy["state"] == _DELETED else "yellow")
    for each in erasure["remarks"]:
        screen.say(f"  {each}", "yellow")


def _told(copy: dict[str, Any]) -> str:
    """What somebody else held, and what has become of it: one line."""
    which = f" ({', '.join(copy['references'])})" if copy["references"] else ""
    why = f": {copy['reason']}" if copy["reason"] else ""
    return f"{copy['holder']}: {copy['count']} {copy['what']} {copy['state']}{which}{why}"

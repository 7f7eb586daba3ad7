"""`messiah playbook`: look at playbooks, check them, begin one and put it in force."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from messiah.remote import open_screen, with_broker

if TYPE_CHECKING:
    from contracts.chat import Playbooks, PlaybookText
    from services.runtime.broker import Broker

playbook = typer.Typer(no_args_is_help=True, help="Who calls, what for and in which words: check, try, begin, save.")

FROM_FILES = "no system answers; these are the files on this machine"


@playbook.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files, or folders of them; none: PLAYBOOKS_DIR, or those shipped.")
    ] = None,
) -> None:
    """Tell every mistake with its line and the remedy. The exit code is 1 if there is one."""
    from messiah import shelf

    bad = False
    for path in shelf.every_file(files or []):
        faults = shelf.faults_in(path)
        bad = bad or bool(faults)
        for fault in faults:
            typer.echo(f"{path}, line {fault.line or 1}: {fault.message}")
        if not faults:
            typer.echo(f"{path}: good")
    if bad:
        raise typer.Exit(1)


@playbook.command("list")
def list_() -> None:
    """The playbooks in force; without a running system, those in files."""
    from contracts.chat import Playbooks
    from messiah import shelf

    found = _asked(Playbooks(action="list")) or list(shelf.files().values())
    screen = open_screen()
    for each in found:
        screen.row(each.name, each.language, screen.mixed(each.company), each.content_hash)


@playbook.command()
def show(name: str) -> None:
    """The text of one playbook; without a running system, of its file."""
    from contracts.chat import Playbooks
    from messiah import shelf

    found = _asked(Playbooks(action="show", name=name))
    typer.echo((found[0] if found else shelf.one_of(shelf.files(), name)).text, nl=False)


@playbook.command()
def new(
    name: Annotated[str, typer.Argument(help="Small Latin letters, digits and hyphens.")],
    like: Annotated[str, typer.Option(help="The playbook to begin with: alta-he, alta-en, solar-he, payroll-he...")] = (
        "alta-he"
    ),
    to: Annotated[Path | None, typer.Option(help="Where to write it; else PLAYBOOKS_DIR, else here.")] = None,
) -> None:
    """Write a file to start from, with comments that say how to go on."""
    from messiah import shelf

    path = shelf.begin(name, like, to)
    typer.echo(f"{path} is yours to change; `messiah playbook check {path}` tells what is wrong with it")


@playbook.command()
def save(file: Annotated[Path, typer.Argument(help="The file.")]) -> None:
    """Put a file in force in the running system, for the calls that begin from now on."""
    from messiah import shelf

    async def put(broker: "Broker") -> None:
        saved = await shelf.save(broker, file)
        open_screen().say(f"{saved.name} is in force as {saved.content_hash}, from the next call on")

    with_broker(put)


@playbook.command("try")
def try_(
    name: Annotated[str | None, typer.Argument(help="One that is in force; none: the system's own.")] = None,
    file: Annotated[Path | None, typer.Option(help="A file that is not in force yet, instead.")] = None,
    lead_name: Annotated[str, typer.Option(help="Whom the agent calls.")] = "דנה כהן",
    company: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Talk to the running system's agent: type what the caller says; Ctrl-D ends. Nothing is booked or kept."""
    from contracts.values import LeadFacts
    from messiah import shelf, trying

    text = shelf.read(file) if file else None

    async def talk(broker: "Broker") -> None:
        trial = trying.Trial(broker, LeadFacts(name=lead_name, company=company), name, text)
        await trying.converse(trial, open_screen(), lambda: input("> "))

    with_broker(talk)


def _asked(request: "Playbooks") -> "list[PlaybookText]":
    """What the running system answers; nothing, and a word of it, if none runs."""
    from messiah import shelf
    from services.runtime.errors import Unavailable

    found: list[PlaybookText] = []

    async def ask(broker: "Broker") -> None:
        found.extend((await shelf.ask(broker, request)).playbooks)

    try:
        with_broker(ask)
    except Unavailable:
        typer.echo(FROM_FILES, err=True)
    return found

"""Commands that talk to a system which runs: over NATS as anybody could."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from messiah.terminal import Screen
    from services.runtime.broker import Broker

lead = typer.Typer(no_args_is_help=True, help="Hand leads in.")
dead = typer.Typer(no_args_is_help=True, help="Look at messages that could not be handled, and put them back.")


@lead.command("submit")
def lead_submit(
    json_file: Annotated[
        typer.FileText | None, typer.Option("--json", help="A file with one lead or a list of them; - reads stdin.")
    ] = None,
    name: Annotated[str | None, typer.Option()] = None,
    phone: Annotated[str | None, typer.Option(help="As people write it: 054-2345678, +972 54 234 5678.")] = None,
    company: Annotated[str | None, typer.Option()] = None,
    consent_basis: Annotated[str | None, typer.Option(help="How they agreed to be called, as web_form.")] = None,
    consent_at: Annotated[str | None, typer.Option(help="When, as 2026-11-01T09:00:00Z.")] = None,
    number_source: Annotated[str | None, typer.Option(help="Where the number is from.")] = None,
) -> None:
    """Hand in a lead, which starts a call if every rule allows it."""
    from messiah import leads

    if json_file is not None:
        given = leads.parse(json_file.read())
    elif name and phone:
        consent = {"basis": consent_basis, "obtained_at": consent_at} if consent_basis or consent_at else None
        fields = {
            "name": name,
            "phone": phone,
            "company": company,
            "consent": consent,
            "number_source": number_source,
        }
        given = [{key: value for key, value in fields.items() if value is not None}]
    else:
        raise typer.BadParameter("give --name and --phone, or --json FILE")

    async def submit(broker: "Broker") -> None:
        for each in given:
            sequence = await leads.submit(broker, each)
            open_screen().say(f"submitted {each['name']} as number {sequence}; `messiah watch` shows what comes of it")

    with_broker(submit)


@dead.command("list")
def dead_list() -> None:
    """Every dead letter, oldest first."""
    from services.runtime import dead_letters

    async def show(broker: "Broker") -> None:
        screen = open_screen()
        count = 0
        async for letter in dead_letters.letters(broker):
            count += 1
            screen.say(f"{letter.sequence}  {letter.origin} for {letter.consumer}: {letter.reason}")
        if not count:
            screen.say("no dead letters")

    with_broker(show)


@dead.command("show")
def dead_show(number: int) -> None:
    """One dead letter with its body."""
    from services.runtime import dead_letters

    async def show(broker: "Broker") -> None:
        letter = await dead_letters.letter(broker, number)
        screen = open_screen()
        for name, value in letter.headers.items():
            screen.say(f"{name}: {value}", "dim")
        screen.say(letter.body.decode(errors="backslashreplace"))

    with_broker(show)


@dead.command("replay")
def dead_replay(
    numbers: Annotated[list[int], typer.Argument(help="Numbers from `messiah dead list`.")],
) -> None:
    """Put dead letters back for the consumer that could not handle them."""
    from services.runtime import dead_letters

    async def put_back(broker: "Broker") -> None:
        for number in numbers:
            letter = await dead_letters.replay(broker, number)
            open_screen().say(f"{number} is back on {letter.origin} for {letter.consumer}")

    with_broker(put_back)


def with_broker(work: "Callable[[Broker], Coroutine[Any, Any, None]]") -> None:
    """Run `work` with a connection to the running system, until it ends or is interrupted."""
    from messiah import serving
    from messiah.watch import connected
    from services.runtime import logs

    logs.configure("error")
    serving.run(serving.until_signalled(connected(work)))


def open_screen() -> "Screen":
    from messiah.terminal import Screen

    return Screen()

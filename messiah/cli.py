"""The command line. Heavy imports live inside the commands, so that `messiah --help` answers at once."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from messiah import lists, records
from messiah.campaigns import campaigns
from messiah.meetings import meetings, slots
from messiah.persons import person
from messiah.playbooks import playbook
from messiah.remote import dead, lead, open_screen, with_broker
from messiah.tokens import token
from messiah.users import user
from messiah.webhooks import webhook
from services.runtime.errors import Failure

if TYPE_CHECKING:
    from services.runtime.broker import Broker

INTERRUPTED = 130
"""What a shell expects of a command that was stopped before it had an answer."""

NICENESS = 5
"""Of telemetry, beside services that somebody on the phone waits for."""

Service = Literal["dialer", "conversation", "scheduler", "telemetry", "simulator"]


class Commands(TyperGroup):
    """Shows a failure as what it says, with its cure, instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Failure as failure:
            _fail(failure.detail)
        except ValidationError as error:
            if not error.title.endswith("Settings"):
                raise
            for each in error.errors():
                name = ".".join(map(str, each["loc"])).upper()
                typer.echo(f"{name}: {each['msg']}; correct it in the environment or in .env", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Agent Messiah: calls leads in Hebrew, books meetings and logs what happened.",
)
app.add_typer(lead, name="lead")
app.add_typer(lists.do_not_call, name="do-not-call")
app.add_typer(lists.registry, name="registry")
app.add_typer(records.calls, name="calls")
app.add_typer(campaigns, name="campaign")
app.add_typer(dead, name="dead")
app.add_typer(playbook, name="playbook")
app.add_typer(meetings, name="meetings")
app.add_typer(person, name="person")
app.add_typer(token, name="token")
app.add_typer(user, name="user")
app.add_typer(webhook, name="webhook")
app.command()(slots)
for _command in (records.stats, records.export, records.rebuild):
    app.command()(_command)


@app.command()
def demo(
    persona: Annotated[
        str | None,
        typer.Option(
            help="Last two digits of the number, which choose who picks up: 01 asks the price, 05 wants "
            "off the list, 08 does not answer... Without it somebody interested does."
        ),
    ] = None,
    speed: Annotated[float, typer.Option(help="How many times faster than life people speak.")] = 4.0,
) -> None:
    """One call from a lead to a booked meeting, on this machine alone, shown as it happens."""
    from messiah import demo as demonstration
    from messiah import serving
    from services.runtime import logs

    logs.configure("error")
    screen = open_screen()
    fault = serving.run(serving.until_signalled(demonstration.demo(screen, persona, speed)))
    if fault is None:
        raise typer.Exit(INTERRUPTED)
    if fault:
        _fail(fault)


@app.command()
def up() -> None:
    """The whole system in this process, until Ctrl-C."""
    from messiah import serving
    from messiah.narration import moment
    from messiah.system import System, show_notices

    _configure_logs()

    def announce(system: System) -> None:
        screen = open_screen()
        carrier = f"simulator {system.simulator_url}" if system.simulator_url else "as configured"
        console = [("Console", f"{system.http_url}/console")] if system.services["telemetry"].mounts else []
        rows = [
            *console,
            ("API", f"{system.http_url}  (documents: /docs, /asyncapi)"),
            ("NATS", system.nats_url),
            ("Carrier", carrier),
            ("Clock", f"pinned to {moment(system.clock.asked)}" if system.clock else "the real one"),
            ("Try", "messiah lead submit --help; messiah watch"),
        ]
        screen.panel("Agent Messiah is up. Ctrl-C stops it", rows)
        show_notices(*system.services.values())

    serving.run(serving.until_signalled(serving.stay(System.start(), announce)))


@app.command()
def serve(service: Annotated[Service, typer.Argument(help="Which service this process is.")]) -> None:
    """One service in this process, as in a container. It binds to a broker that `provision` has prepared."""
    from messiah import serving
    from messiah.system import alone

    _configure_logs()
    if service == "telemetry":
        os.nice(NICENESS)

    def announce(url: str) -> None:
        typer.echo(f"{service}: {url}")

    serving.run(serving.until_signalled(serving.stay(alone(service), announce)))


@app.command()
def provision() -> None:
    """Declare streams, consumers and buckets, and set the clock, once for a system; then exit."""
    from contracts.streams import BUCKETS, CONSUMERS, DIALER_CALLS, STREAMS
    from messiah import serving
    from messiah.system import provision_with
    from services.dialer.settings import DialerSettings

    _configure_logs()
    settings = DialerSettings()
    pin = serving.run(provision_with(settings))
    typer.echo(
        f"{settings.broker_url}: {len(STREAMS)} streams, {len(CONSUMERS)} consumers and {len(BUCKETS)} buckets are "
        f"declared; {DIALER_CALLS.name} was given {settings.max_concurrent_calls} calls at once if it is new; "
        f"the clock is {f'pinned to {pin.asked}' if pin else 'the real one'}"
    )


@app.command()
def watch() -> None:
    """Show what happens in the running system: leads, calls word by word, meetings."""
    from messiah.watch import watch as watching

    async def show(broker: "Broker") -> None:
        screen = open_screen()
        screen.say(f"watching {broker.url}; Ctrl-C stops", "dim")
        await watching(broker, screen)

    with_broker(show)


@app.command()
def doctor() -> None:
    """What is configured, what is missing, what is broken, and the remedy of each."""
    from messiah import doctor as doctors
    from messiah import findings, serving
    from services.runtime import logs

    logs.configure("error")
    screen = open_screen()

    async def examine() -> bool:
        healthy = True
        async for finding in doctors.examine():
            healthy = healthy and finding.health is not findings.Health.BROKEN
            findings.show(finding, screen)
        return healthy

    if not serving.run(examine()):
        raise typer.Exit(1)


@app.command()
def understand() -> None:
    """What the scripted agent understands of each line from standard input: one JSON object a line.

    A line is Hebrew text, or a JSON object with `text` and, if need be, `now`, `asked` and `offered`.
    """
    from services.conversation.hebrew.lines import understand_line

    for line in sys.stdin:
        given = line.strip()
        typer.echo(understand_line(given if given.startswith("{") else json.dumps({"text": given})))


@app.command()
def spoken() -> None:
    """How the voice is to read each Hebrew line from standard input: numbers, dates and names in words."""
    from services.conversation.hebrew.lines import spoken_line

    for line in sys.stdin:
        typer.echo(spoken_line(line.rstrip("\n")))


def _configure_logs() -> None:
    from services.runtime import logs
    from services.runtime.settings import RuntimeSettings

    settings = RuntimeSettings()
    logs.configure(settings.log_level, settings.log_format)


def _fail(why: str) -> NoReturn:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True).print(Text(why, "red"), soft_wrap=True)
    raise typer.Exit(1)

"""`messiah campaign`: create, start, pause, resume, stop and retry campaigns, and see how far they have come."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from messiah.remote import open_screen, with_broker

if TYPE_CHECKING:
    from services.runtime.broker import Broker

campaigns = typer.Typer(no_args_is_help=True, help="Call whole lists of leads, and see how far they have come.")

Which = Annotated[str | None, typer.Argument(help="Its id or its name; may be left out where only one can be meant.")]
Reason = Annotated[str | None, typer.Option(help="Why, for whoever looks later.")]


@campaigns.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    business_type: Annotated[list[str] | None, typer.Option(help="Only such businesses; may be repeated.")] = None,
    size: Annotated[list[str] | None, typer.Option(help="Only companies of this size; may be repeated.")] = None,
    max_leads: Annotated[int | None, typer.Option(min=1, help="Take no more waiting leads than that.")] = None,
    playbook: Annotated[str | None, typer.Option(help="The playbook its calls follow.")] = None,
    line: Annotated[str | None, typer.Option(help="The line its calls are held on.")] = None,
    cap: Annotated[int | None, typer.Option(min=0, help="No more calls at once than that.")] = None,
    pace: Annotated[float | None, typer.Option(min=0.01, help="No more calls a minute than that.")] = None,
    day: Annotated[list[int] | None, typer.Option(min=0, max=6, help="Only on this day; 0 is Sunday.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Not before this hour, such as 10:00.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Not from this hour on, such as 16:30.")] = None,
    attempts: Annotated[int | None, typer.Option(min=1, max=10, help="Call nobody more often than that.")] = None,
    retry_minutes: Annotated[int | None, typer.Option(min=1, help="Leave that long before the first retry.")] = None,
    one_time_approach: Annotated[
        bool,
        typer.Option("--one-time-approach", help="Businesses without prior consent get the one call the law allows."),
    ] = False,
    start: Annotated[bool, typer.Option("--start", help="Start it at once.")] = False,
) -> None:
    """Create a campaign. It takes the waiting leads that fit; a list may be uploaded for it by its id as well."""
    plan = {
        "name": name,
        "business_types": business_type or (),
        "company_sizes": size or (),
        "max_leads": max_leads,
        "playbook": playbook,
        "line": line,
        "max_concurrent_calls": cap,
        "calls_per_minute": pace,
        "hours": {"days": day or (), "start": since, "end": until},
        "retry": {"max_attempts": attempts, "first_delay_minutes": retry_minutes},
        "one_time_business_approach": one_time_approach,
    }
    _steer("start" if start else "create", plan=plan)


@campaigns.command("list")
def campaigns_list() -> None:
    """Every campaign, newest first."""
    from messiah import steering

    async def show(broker: "Broker") -> None:
        steering.show_all((await steering.ask(broker, "list")).campaigns, open_screen())

    with_broker(show)


@campaigns.command()
def status(which: Which = None) -> None:
    """How far one has come: its leads, what their calls came to, and why others wait."""
    _steer("status", which)


@campaigns.command()
def start(which: Which = None) -> None:
    """Let its leads be called."""
    _steer("start", which)


@campaigns.command()
def pause(which: Which = None, reason: Reason = None) -> None:
    """Dial nobody until it is resumed. Calls in progress go on."""
    _steer("pause", which, reason=reason)


@campaigns.command()
def resume(which: Which = None) -> None:
    """Go on after a pause."""
    _steer("resume", which)


@campaigns.command()
def stop(which: Which = None, reason: Reason = None) -> None:
    """End it. Calls in progress finish; it may be started again."""
    _steer("stop", which, reason=reason)


@campaigns.command()
def retry(which: Which = None) -> None:
    """Call those again now who were not reached and have attempts left."""
    _steer("retry", which)


@campaigns.command()
def cap(
    calls: Annotated[int | None, typer.Argument(min=0, help="How many calls at once; 0 dials nobody.")] = None,
    which: Annotated[str | None, typer.Option("--campaign", help="Of this campaign only, by its id or name.")] = None,
    pace: Annotated[float | None, typer.Option(min=0.01, help="With --campaign: calls a minute.")] = None,
    attempts: Annotated[int | None, typer.Option(min=1, max=10, help="With --campaign: attempts a lead.")] = None,
) -> None:
    """Change how many calls there may be at once, of the whole system or of one campaign, while they run."""
    _steer("set_cap", which, cap=calls, calls_per_minute=pace, max_attempts=attempts)


def _steer(action: str, which: str | None = None, **more: Any) -> None:
    """Ask for it, and show the campaign as it stands then."""
    from messiah import steering

    async def steer(broker: "Broker") -> None:
        campaign_id = await steering.find(broker, which) if which else None
        controlled = await steering.ask(broker, action, campaign_id=campaign_id, **more)
        steering.show(controlled, open_screen())

    with_broker(steer)

"""Commands about calls and what came of them: asked of telemetry over HTTP, and its records folded anew."""

import inspect
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from messiah.remote import open_screen

calls = typer.Typer(no_args_is_help=True, help="Look at calls, finished and running.")

Query = dict[str, str]
Moment = typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="In Israel's time.")
Url = Annotated[str | None, typer.Option(help="Where telemetry answers; else MESSIAH_URL.")]
Limit = Annotated[int, typer.Option(min=1, max=200)]
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended.")]


def _query(
    outcome: Annotated[str | None, typer.Option(help="Only calls with this outcome, as meeting_booked.")] = None,
    disposition: Annotated[str | None, typer.Option(help="Only calls that went this way, as busy.")] = None,
    interest: Annotated[str | None, typer.Option(help="high, medium or low.")] = None,
    stage: Annotated[str | None, typer.Option(help="Only calls that came so far: dialed, answered, pitched...")] = None,
    campaign: Annotated[str | None, typer.Option(help="Only calls of the campaign with this id.")] = None,
    playbook: Annotated[str | None, typer.Option(help="Only calls that follow this playbook.")] = None,
    variant: Annotated[str | None, typer.Option(help="Only calls with this variant of it.")] = None,
    lead_id: Annotated[str | None, typer.Option(help="Only calls to this lead.")] = None,
    since: Annotated[datetime | None, Moment] = None,
    until: Annotated[datetime | None, Moment] = None,
    min_duration: Annotated[float | None, typer.Option(help="Only calls of so many seconds or more.")] = None,
    words: Annotated[str | None, typer.Option(help="Words that were said, in any form; a name or a number.")] = None,
) -> Query:
    """The options that choose calls, as the API names them."""
    return _given(
        outcome=outcome,
        disposition=disposition,
        interest=interest,
        stage=stage,
        campaign_id=campaign,
        playbook=playbook,
        variant=variant,
        lead_id=lead_id,
        since=_in_israel(since),
        until=_in_israel(until),
        min_duration_s=min_duration,
        q=words,
    )


def _choosing(command: Callable[..., None]) -> Callable[..., None]:
    """A command that also takes the options of `_query`, and gets what they choose as its first parameter."""
    chosen, (_, *own) = inspect.signature(_query).parameters, inspect.signature(command).parameters.values()

    def run(**given: Any) -> None:
        command(_query(**{name: given.pop(name) for name in chosen}), **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature([*own, *chosen.values()])  # type: ignore[attr-defined]  # what typer reads
    return run


@calls.command("list")
@_choosing
def calls_list(
    query: Query,
    sort: Annotated[str | None, typer.Option(help="-began_at, began_at, -duration_s or duration_s.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    url: Url = None,
) -> None:
    """Calls, newest first."""
    _show_page(query | _given(sort=sort, limit=limit, cursor=cursor), url)


@calls.command("search")
def calls_search(
    words: Annotated[list[str], typer.Argument(help="Words that were said, in any form; a name or a number.")],
    limit: Limit = 20,
    cursor: Cursor = None,
    url: Url = None,
) -> None:
    """Calls in which all these words were said, newest first."""
    _show_page(_given(q=" ".join(words), limit=limit, cursor=cursor), url)


@calls.command("show")
def calls_show(
    call_id: str,
    events: Annotated[bool, typer.Option("--events", help="Every fact that was told of it, too.")] = False,
    url: Url = None,
) -> None:
    """One call: what came of it, what it cost, and every word of it."""
    from messiah import calls as records
    from messiah import serving

    async def show() -> None:
        async with records.telemetry(url) as telemetry:
            record = await telemetry.record(call_id)
            told = await telemetry.events(call_id) if events else []
        records.show_record(record, open_screen())
        records.show_events(told, open_screen())

    serving.run(show())


@_choosing
def stats(
    query: Query,
    as_json: Annotated[bool, typer.Option("--json", help="As the API answers, for programs.")] = False,
    url: Url = None,
) -> None:
    """How well calls went: the funnel, conversion, waits, costs."""
    from messiah import calls as records
    from messiah import serving, statistics

    async def show() -> None:
        async with records.telemetry(url) as telemetry:
            found = await telemetry.statistics(query)
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
        else:
            statistics.show(found, open_screen())

    serving.run(show())


@_choosing
def export(
    query: Query,
    file: Annotated[Path | None, typer.Argument(help="Where to write; without it, to standard output.")] = None,
    url: Url = None,
) -> None:
    """Results as CSV for a spreadsheet: the lead, then what came of the call."""
    from messiah import calls as records
    from messiah import serving

    async def save() -> None:
        async with records.telemetry(url) as telemetry:
            await telemetry.download(query, file)

    serving.run(save())
    if file is not None:
        open_screen().say(f"written to {file}")


def rebuild(
    from_start: Annotated[bool, typer.Option("--from-start", help="Forget a rebuild that was interrupted.")] = False,
) -> None:
    """Fold the records of calls anew from the streams; safe while the system runs, and as often as you like."""
    from messiah import rebuild as rebuilding
    from messiah import serving
    from services.runtime import logs

    logs.configure("error")
    serving.run(serving.until_signalled(rebuilding.rebuild(open_screen(), from_start=from_start)))


def _show_page(query: Query, url: str | None) -> None:
    from messiah import calls as records
    from messiah import serving

    async def show() -> None:
        async with records.telemetry(url) as telemetry:
            page = await telemetry.page(query)
        records.show_page(page, open_screen())

    serving.run(show())


def _in_israel(moment: datetime | None) -> str | None:
    from services.runtime.clock import ISRAEL

    return moment.replace(tzinfo=ISRAEL).isoformat() if moment else None


def _given(**fields: str | float | None) -> Query:
    return {name: str(value) for name, value in fields.items() if value is not None}

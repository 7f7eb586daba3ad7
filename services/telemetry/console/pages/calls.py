"""All calls: searched, filtered, page by page."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from contracts.values import Disposition, Outcome
from services.runtime.clock import ISRAEL
from services.runtime.errors import InvalidMessage
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words, duration
from services.telemetry.console.pieces import forms
from services.telemetry.console.pieces.calling import INTEREST, outcome_badge
from services.telemetry.console.pieces.marks import badge, latin, nothing, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.tables import table
from services.telemetry.console.pieces.visit import Visit
from services.telemetry.queries import CallFilters, CallSummary, Sort

_ASKED = ("q", "outcome", "disposition", "interest", "campaign_id", "playbook", "lead_id", "sort", "cursor")
_DAY = timedelta(days=1)


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/calls", "calls")
    async def calls(visit: Visit) -> None:
        query = {name: value for name, value in visit.request.query_params.items() if value}
        _filters(visit.words, query)
        found = await desk.archive.page(_asked(query))
        if not found.items:
            nothing(visit.words("calls.none_found" if query else "calls.none"))
            return
        call_table(visit.words, found.items)
        with ui.element("nav").classes("pager") as pager:
            pager.props["aria-label"] = visit.words("pager.title")
            if query.get("cursor"):
                ui.link(visit.words("pager.first"), forms.address("/calls", query | {"cursor": None}))
            if found.next_cursor:
                ui.link(visit.words("pager.next"), forms.address("/calls", query | {"cursor": found.next_cursor}))


def call_table(words: Words, calls: list[CallSummary]) -> None:
    """Calls, one a line; the time leads to the call itself."""
    names = ("when", "lead", "outcome", "interest", "duration", "meeting", "cost")
    with ui.element("div").classes("wide"):
        table(words("page.calls"), [words(f"calls.{each}") for each in names], [_row(words, each) for each in calls])


def _row(words: Words, call: CallSummary) -> list[Any]:
    def when() -> None:
        with ui.link(target=f"/calls/{call.call_id}").classes("latin").props('dir="ltr"') as link:
            text(words.moment(call.began_at))
        link.props["aria-label"] = words("calls.open", name=call.lead_name or "", at=words.moment(call.began_at))

    def lead() -> None:
        text(call.lead_name or "–", "strong")
        if call.company:
            text(call.company, classes="soft block")

    return [
        when,
        lead,
        partial(outcome_badge, words, call.state, call.outcome, call.disposition),
        partial(badge, words.of("interest", call.interest), INTEREST[call.interest]) if call.interest else "–",
        partial(latin, duration(call.duration_s)),
        partial(latin, words.moment(call.meeting_start)) if call.meeting_start else "–",
        partial(latin, words.money(call.cost, call.currency)) if call.cost is not None else words("cost.unknown"),
    ]


def _filters(words: Words, query: dict[str, str]) -> None:
    everything = ("", words("filter.any"))
    with forms.filters("/calls", words("filter.title")):
        forms.field(words("filter.search"), "q", query.get("q", ""), "search", words("filter.search_hint"))
        outcomes = [everything, *((each.value, words.of("outcome", each)) for each in Outcome)]
        forms.choice(words("calls.outcome"), "outcome", query.get("outcome", ""), outcomes)
        dispositions = [everything, *((each.value, words.of("disposition", each)) for each in Disposition)]
        forms.choice(words("calls.disposition"), "disposition", query.get("disposition", ""), dispositions)
        interests = [everything, *((each, words.of("interest", each)) for each in INTEREST)]
        forms.choice(words("calls.interest"), "interest", query.get("interest", ""), interests)
        forms.field(words("filter.since"), "since", query.get("since", ""), "date")
        forms.field(words("filter.until"), "until", query.get("until", ""), "date")
        sorts = [(each.value, words(f"sort.{each.name.lower()}")) for each in Sort]
        forms.choice(words("filter.sort"), "sort", query.get("sort", ""), sorts)
        for name in ("campaign_id", "playbook", "lead_id"):
            if name in query:
                ui.element("input").props.update({"type": "hidden", "name": name, "value": query[name]})
        with ui.element("div").classes("buttons"):
            forms.submit(words("filter.show"))
            if query:
                ui.link(words("filter.clear"), "/calls")
            downloads = {name: query[name] for name in _ASKED if name in query and name not in ("sort", "cursor")}
            ui.link(words("calls.download"), forms.address("/results.csv", downloads | _days(query)))


def _asked(query: dict[str, str]) -> CallFilters:
    """Raises InvalidMessage."""
    given: dict[str, Any] = {name: query[name] for name in _ASKED if name in query} | _days(query)
    try:
        return CallFilters(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidMessage(first["msg"], field=str(first["loc"][0])) from error


def _days(query: dict[str, str]) -> dict[str, str]:
    """From the beginning of the first day to the end of the last one, in Israel."""
    found = {}
    for name, more in (("since", timedelta()), ("until", _DAY)):
        if not (given := query.get(name)):
            continue
        try:
            day = datetime.fromisoformat(given[:10]) + more
        except (ValueError, OverflowError) as error:
            raise InvalidMessage("a day is written as 2026-11-22", field=name) from error
        found[name] = day.replace(tzinfo=ISRAEL).isoformat()
    return found

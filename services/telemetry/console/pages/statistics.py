"""How well calls go: the funnel, conversion, waits, talk and costs, as plots."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from nicegui import ui

from contracts.telemetry import Stage
from services.runtime.clock import ISRAEL
from services.runtime.errors import Failure
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words, duration
from services.telemetry.console.pieces.marks import badge, facts, latin, nothing, section, text
from services.telemetry.console.pieces.plots import Bar, Column, bars, columns, number
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.tables import Cell, table
from services.telemetry.console.pieces.visit import Visit
from services.telemetry.domain.variants import Conversion, Variant
from services.telemetry.queries import CallQuery, Statistics

PERIODS = (1, 7, 30, 0)
"""Days; 0 is everything."""
USUAL = 30
MOST_ROWS = 12
_WAITS_MS = (50, 100, 200, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000)
"""Where the columns of waits end."""


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/statistics", "statistics")
    async def statistics(visit: Visit) -> None:
        words = visit.words
        given = visit.request.query_params.get("days", "")
        days = int(given) if given.isdecimal() and int(given) in PERIODS else USUAL
        with ui.element("nav").classes("periods") as nav:
            nav.props["aria-label"] = words("statistics.period")
            for each in PERIODS:
                link = ui.link(words(f"statistics.days.{each}"), f"/statistics?days={each}")
                if each == days:
                    link.props('aria-current="true"')
        midnight = desk.clock.now().astimezone(ISRAEL).replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - timedelta(days=days - 1) if days else None
        found = await desk.archive.statistics(CallQuery(since=since))
        if not found.calls:
            nothing(words("statistics.none"))
            return
        _show(words, found, await _campaigns(desk))


async def _campaigns(desk: Desk) -> Mapping[str, str]:
    try:
        return {str(each): name for each, name in (await desk.neighbours.campaign_names()).items()}
    except Failure:
        return {}  # their ids will do


def _show(words: Words, found: Statistics, campaigns: Mapping[str, str]) -> None:
    booked = sum(each.booked for each in found.by_attempt)
    with ui.element("div").classes("numbers"):
        number(words("statistics.calls"), f"{found.calls:,}")
        number(words("statistics.talk_time"), duration(found.duration_s))
        number(words("statistics.booked"), f"{booked:,}")
        number(words("statistics.median_wait"), words.wait(found.first_word_ms.p50))
    with ui.element("div").classes("columns halves"):
        with ui.element("div"):
            _funnel(words, found)
            _counts(words, "objections", "objection", found.objections)
            _waits(words, found)
            _costs(words, found)
        with ui.element("div"):
            _counts(words, "outcomes", "outcome", found.outcomes)
            _counts(words, "dispositions", "disposition", found.dispositions)
            _hours(words, found.by_hour)
            _talk(words, found)
    with ui.element("div").classes("columns halves"):
        with ui.element("div"):
            _conversion(words, "by_campaign", found.by_campaign, campaigns)
            _conversion(words, "by_attempt", found.by_attempt)
        with ui.element("div"):
            _conversion(words, "by_business_type", found.by_business_type)
    _variants(words, found.variants)


def _funnel(words: Words, found: Statistics) -> None:
    with section(words("statistics.funnel")):
        text(words("statistics.funnel_note"), "p", "soft")
        shown = [step for step in found.funnel if step.leads or step.stage is not Stage.SUBMITTED]
        bars(
            [
                Bar(
                    words.of("stage", step.stage),
                    step.leads,
                    f"{step.leads:,}" + (f" · {words.percent(step.share)}" if step.share is not None else ""),
                )
                for step in shown
            ]
        )


def _counts(words: Words, title: str, family: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    rows = sorted(counts.items(), key=lambda each: -each[1])[:MOST_ROWS]
    with section(words(f"statistics.{title}")):
        bars([Bar(words.of(family, name), count, f"{count:,}") for name, count in rows])


def _waits(words: Words, found: Statistics) -> None:
    if not found.first_word_ms.turns:
        return
    counted: Counter[int] = Counter()
    for wait, turns in found.waits.items():
        counted[next((place for place, end in enumerate(_WAITS_MS) if wait <= end), len(_WAITS_MS))] += turns
    names = [*(f"≤{end}" if end < 1000 else f"≤{end / 1000:g}s" for end in _WAITS_MS), ">5s"]
    with section(words("statistics.waits")):
        columns(
            words("statistics.waits"),
            [
                Column(name, counted[place], f"{name}: {counted[place]:,} {words('statistics.turns')}")
                for place, name in enumerate(names)
            ],
        )
        waits = found.first_word_ms
        facts([("p50", words.wait(waits.p50)), ("p95", words.wait(waits.p95)), ("p99", words.wait(waits.p99))])


def _hours(words: Words, hours: Sequence[Conversion]) -> None:
    by_hour = {int(each.key): each for each in hours if each.key is not None}
    if not by_hour:
        return
    shown = range(min(*by_hour, 8), max(*by_hour, 19) + 1)
    with section(words("statistics.by_hour")):
        columns(
            words("statistics.by_hour"),
            [
                Column(
                    str(hour),
                    each.calls if each else 0,
                    words(
                        "statistics.hour_label",
                        hour=hour,
                        calls=each.calls if each else 0,
                        booked=each.booked if each else 0,
                    ),
                    each.booked if each else 0,
                )
                for hour in shown
                for each in [by_hour.get(hour)]
            ],
        )


def _conversion(words: Words, title: str, kinds: Sequence[Conversion], names: Mapping[str, str] | None = None) -> None:
    rated = [each for each in kinds if each.booked_rate]
    if not rated:
        return
    if title != "by_attempt":  # those come one after the other
        rated = sorted(rated, key=lambda each: -each.answered)[:MOST_ROWS]
    with section(words(f"statistics.{title}")):
        text(f"{words('statistics.rate')} · {words('statistics.interval')}", "p", "soft")
        bars([_rate_bar(words, each, names or {}) for each in rated])


def _rate_bar(words: Words, each: Conversion, names: Mapping[str, str]) -> Bar:
    rate = each.booked_rate
    name = words("statistics.unnamed") if each.key is None else names.get(each.key, each.key)
    if rate is None:
        return Bar(name, 0, "–")
    return Bar(name, rate.rate, f"{words.percent(rate.rate)} · {each.booked}/{each.answered}", rate.low, rate.high)


def _variants(words: Words, variants: Sequence[Variant]) -> None:
    if not variants:
        return
    names = ("variant", "calls", "answered", "booked", "rate", "interval")
    rows: list[list[Cell]] = []
    for each in variants:
        rate = each.booked_rate
        called = " · ".join(filter(None, (each.playbook, each.key)))
        interval = f"{words.percent(rate.low)} – {words.percent(rate.high)}" if rate else "–"
        tone, said = ("good", "certain") if each.certain else ("calm", "uncertain")
        rows.append(
            [
                called,
                partial(latin, f"{each.calls:,}"),
                partial(latin, f"{each.answered:,}"),
                partial(latin, f"{each.booked:,}"),
                partial(latin, words.percent(rate.rate if rate else None)),
                partial(latin, interval),
                partial(badge, words(f"statistics.{said}"), tone) if each.difference else "–",
            ]
        )
    headings = [words(f"statistics.{name}") for name in names]
    with section(words("statistics.variants")), ui.element("div").classes("wide"):
        table(words("statistics.variants"), [*headings, words("statistics.certain")], rows)


def _talk(words: Words, found: Statistics) -> None:
    talk = found.talk
    if not talk.calls:
        return
    with section(words("statistics.talk")):
        facts(
            [
                (words("statistics.agent_share"), words.percent(talk.agent_share)),
                (words("statistics.interruptions"), f"{talk.interruptions_per_call or 0:.2f}"),
                (words("statistics.monologue"), f"{talk.longest_monologue_words_max:,}"),
            ]
        )


def _costs(words: Words, found: Statistics) -> None:
    if not found.costs and not found.cost_unknown:
        return
    with section(words("statistics.costs")):
        for each in found.costs:
            facts(
                [
                    (words("statistics.cost_total"), words.money(each.total, each.currency)),
                    (words("statistics.cost_call"), words.money(each.per_call, each.currency)),
                    (words("statistics.cost_meeting"), words.money(each.per_meeting, each.currency)),
                ]
            )
        if found.cost_unknown:
            text(words("statistics.cost_unknown", number=found.cost_unknown), "p", "soft")

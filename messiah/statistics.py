"""How `messiah stats` shows the statistics of telemetry: small tables, rates with how sure they are."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from messiah.terminal import Screen
from services.telemetry.domain.cost import CostSummary
from services.telemetry.domain.variants import Conversion, Rate, Variant
from services.telemetry.queries import Statistics

NONE = "-"


def show(found: Statistics, screen: Screen) -> None:
    """Everything there is to say of some calls."""
    screen.say(f"{found.calls} calls, {found.duration_s / 3600:.1f} hours", "bold")
    _table(
        screen,
        ("leads", "", "of those before"),
        [(step.stage, str(step.leads), _percent(step.share)) for step in found.funnel],
    )
    for title, counts in (("outcome", found.outcomes), ("went", found.dispositions), ("objection", found.objections)):
        _counts(screen, title, counts)
    for title, conversions in (
        ("campaign", found.by_campaign),
        ("hour", found.by_hour),
        ("business", found.by_business_type),
        ("attempt", found.by_attempt),
    ):
        _conversions(screen, title, conversions)
    _variants(screen, found.variants)
    waits, talk = found.first_word_ms, found.talk
    if waits.turns:
        screen.say(f"first word in ms: p50 {waits.p50:g}, p95 {waits.p95:g}, p99 {waits.p99:g}; {waits.turns} turns")
    if talk.calls:
        screen.say(
            f"the agent says {_percent(talk.agent_share)} of the words; {talk.interruptions_per_call:g} interruptions "
            f"a call; longest monologue {talk.longest_monologue_words_max} words"
        )
    for cost in found.costs:
        screen.say(_cost(cost))
    if found.cost_unknown:
        screen.say(f"what {found.cost_unknown} calls cost is not known", "yellow")


def _counts(screen: Screen, title: str, counts: Mapping[str, int]) -> None:
    if counts:
        _table(screen, (title, "calls"), [(name, str(calls)) for name, calls in counts.items()])


def _conversions(screen: Screen, title: str, conversions: Sequence[Conversion]) -> None:
    if not conversions:
        return
    rows = [
        (screen.mixed(each.key or NONE), str(each.calls), str(each.answered), str(each.booked), _rate(each.booked_rate))
        for each in conversions
    ]
    _table(screen, (title, "calls", "answered", "booked", "of answered (95 %)"), rows)


def _variants(screen: Screen, found: Sequence[Variant]) -> None:
    if not found:
        return
    rows = [
        (
            screen.mixed(f"{each.playbook} {each.key or ''}".strip()),
            str(each.answered),
            str(each.booked),
            _rate(each.booked_rate),
            _against(each),
        )
        for each in found
    ]
    _table(screen, ("variant", "answered", "booked", "of answered (95 %)", "beside the best other"), rows)


def _against(variant: Variant) -> str:
    if variant.difference is None:
        return NONE
    sure = "certain" if variant.certain else "may be chance"
    return f"{variant.difference.difference:+.1%} ({sure})"


def _cost(cost: CostSummary) -> str:
    parts = [f"cost: {cost.total:.2f} {cost.currency}"]
    if cost.per_call is not None:
        parts.append(f"{cost.per_call:.3f} a call")
    if cost.per_meeting is not None:
        parts.append(f"{cost.per_meeting:.2f} a booked meeting")
    elif cost.per_meeting_at_least is not None:
        parts.append(f"at least {cost.per_meeting_at_least:.2f} a booked meeting")
    return ", ".join(parts)


def _table(screen: Screen, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns in a terminal, tabs in a pipe."""
    if not screen.console.is_terminal:
        for row in (columns, *rows):
            screen.row(*row)
        return
    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    screen.console.print(table)
    screen.console.print()


def _percent(share: float | None) -> str:
    return NONE if share is None else f"{share:.1%}"


def _rate(rate: Rate | None) -> str:
    return NONE if rate is None else f"{rate.rate:.1%} ({rate.low:.1%} to {rate.high:.1%})"

"""What the dialer counts: whom it may call and why not, what it dials, how calls end, how long callers wait."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import func, select

from contracts.calls import CallConcluded, CallDialed, CallEnded
from contracts.control import CampaignState
from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused
from contracts.telemetry import TurnMeasured
from contracts.values import Disposition
from services.dialer.campaign_tables import CampaignRow
from services.dialer.domain.rules import RULES
from services.dialer.tables import PaceRow
from services.runtime.metrics import Metrics
from services.runtime.unit_of_work import Units


def measure(
    metrics: Metrics, units: Units, carrier: str, *, live_calls: Callable[[], int], open_lines: Callable[[], int]
) -> None:
    """Declare them, and count them where the dialer tells its facts."""
    live = metrics.gauge("calls_live", "Calls this process works on: from dialing to the end")
    live.set_function(live_calls)
    lines = metrics.gauge("lines_open", "Sockets of the carrier that are open in this process")
    lines.set_function(open_lines)
    _gate(metrics)
    _calls(metrics, carrier)
    _stores(metrics, units, carrier)


def _gate(metrics: Metrics) -> None:
    leads = metrics.counter("leads", "Leads the gate judged", ["verdict"])
    refusals = metrics.counter("refusals", "Rules that said no, each time the gate asked", ["rule"])

    def refused(fact: LeadRefused | LeadDeferred) -> None:
        leads.labels("refused" if isinstance(fact, LeadRefused) else "deferred").inc()
        for verdict in fact.verdicts:
            if not verdict.allowed:
                refusals.labels(verdict.rule).inc()

    for rule in RULES:
        refusals.labels(rule.__name__)  # counted from 0, so that the first one is seen to be one more
    for verdict in ("accepted", "deferred", "refused"):
        leads.labels(verdict)
    metrics.count(LeadAccepted, lambda _: leads.labels("accepted").inc())
    metrics.count(LeadRefused, refused)
    metrics.count(LeadDeferred, refused)


def _calls(metrics: Metrics, carrier: str) -> None:
    dialed = metrics.counter("calls_dialed", "Calls the carrier took", ["carrier"])
    ended = metrics.counter("calls_ended", "Calls that are over, by how they went", ["disposition"])
    concluded = metrics.counter("calls_concluded", "What calls came to", ["outcome"])
    first_word = metrics.histogram("first_word_seconds", "From a caller's last word to our first one, at the line")
    dialed.labels(carrier)
    for each in Disposition:
        ended.labels(each.value)
    metrics.count(CallDialed, lambda fact: dialed.labels(fact.carrier).inc())
    metrics.count(CallEnded, lambda fact: ended.labels(fact.disposition.value).inc())
    metrics.count(CallConcluded, lambda fact: concluded.labels(fact.outcome.value).inc())
    metrics.count(TurnMeasured, lambda fact: first_word.observe(fact.first_word_ms / 1000))


def _stores(metrics: Metrics, units: Units, carrier: str) -> None:
    open_breaker = metrics.gauge(
        "carrier_breaker_open", "1 while dialing is paused because of the carrier", ["carrier"]
    )
    campaigns = metrics.gauge("campaigns", "Campaigns, by where they stand; replicas show the same", ["state"])

    async def read() -> None:
        now = datetime.now(UTC)
        async with units.reading() as session:
            pace = await session.get(PaceRow, carrier)
            by_state = select(CampaignRow.state, func.count()).group_by(CampaignRow.state)
            counted = dict((await session.execute(by_state)).all())
        paused = pace is not None and pace.retry_at is not None and bool(pace.trouble) and now < pace.retry_at
        open_breaker.labels(carrier).set(paused)
        for state in CampaignState:
            campaigns.labels(state.value).set(counted.get(state.value, 0))

    metrics.on_scrape.append(read)

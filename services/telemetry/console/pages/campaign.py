"""One campaign: how far it has come, why leads wait, and steering it while it runs."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from nicegui import ui

from contracts.control import CampaignState, CampaignStatus
from services.runtime.errors import NotFound
from services.telemetry.console.access.roles import Action
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words
from services.telemetry.console.pages.campaigns import REFRESH_S, heading, progress
from services.telemetry.console.pieces.asking import ask
from services.telemetry.console.pieces.freshness import follow
from services.telemetry.console.pieces.lists import uploading
from services.telemetry.console.pieces.marks import button, facts, nothing, section, text
from services.telemetry.console.pieces.plots import Bar, bars
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.visit import Visit

Look = Callable[[], Awaitable[None]]

_STEPS: dict[CampaignState, tuple[tuple[str, Action, str], ...]] = {
    CampaignState.DRAFT: (("start", Action.START_CAMPAIGN, "primary"),),
    CampaignState.RUNNING: (("pause", Action.PAUSE_CAMPAIGN, ""), ("stop", Action.STOP_CAMPAIGN, "danger")),
    CampaignState.PAUSED: (("resume", Action.RESUME_CAMPAIGN, "primary"), ("stop", Action.STOP_CAMPAIGN, "danger")),
    CampaignState.STOPPED: (("start", Action.START_CAMPAIGN, "primary"), ("retry", Action.RETRY_CAMPAIGN, "")),
    CampaignState.FINISHED: (("retry", Action.RETRY_CAMPAIGN, "primary"),),
}
"""What can be done with a campaign as it stands."""


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/campaigns/{campaign_id}", "campaign")
    async def campaign(visit: Visit) -> None:
        campaign_id = _id(visit.request.path_params["campaign_id"])
        again: list[Look] = []
        read = partial(desk.neighbours.campaign, campaign_id)
        again.append(await follow(visit, REFRESH_S, read, lambda found: _standing(visit, found, again)))
        if visit.may(Action.CAP_CAMPAIGN):
            _change(visit, await read(), again)
        if visit.may(Action.UPLOAD_LEADS):
            await uploading(visit, campaign_id)


def _id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise NotFound(f"there is no campaign {given!r}") from None


def _standing(visit: Visit, campaign: CampaignStatus, again: list[Look]) -> None:
    words = visit.words
    with ui.element("div").classes("call-head"):
        heading(words, campaign)
        progress(words, campaign)
        _buttons(visit, campaign, again)
    if campaign.reason:
        text(words.why(campaign.reason), "p")
    with ui.element("div").classes("columns halves"):
        with ui.element("div"):
            _counts(words, "campaign.leads", "lead_state", campaign.leads)
            _waiting(words, campaign)
        with ui.element("div"):
            calls = f"/calls?campaign_id={campaign.campaign_id}"
            _counts(words, "campaign.outcomes", "outcome", campaign.outcomes, calls)
            _plan(words, campaign)


def _buttons(visit: Visit, campaign: CampaignStatus, again: list[Look]) -> None:
    words = visit.words

    async def steer(step: str, action: Action) -> None:
        order = partial(visit.desk.neighbours.control, step, visit.visitor.name, campaign_id=campaign.campaign_id)
        if await visit.do(action, campaign.plan.name, order):
            await again[0]()

    def offer(step: str, action: Action, kind: str) -> None:
        def asked() -> None:
            ask(words, words("campaign.stop_ask"), words("campaign.stop"), partial(steer, step, action))

        clicked = asked if action is Action.STOP_CAMPAIGN else partial(steer, step, action)
        button(words(f"campaign.{step}"), clicked, kind=kind)

    with ui.element("div").classes("buttons"):
        for step, action, kind in _STEPS.get(campaign.state, ()):
            if visit.may(action):
                offer(step, action, kind)


def _counts(words: Words, title: str, family: str, counts: dict[str, int], calls: str | None = None) -> None:
    with section(words(title)):
        rows = sorted(counts.items(), key=lambda each: -each[1])
        if not rows:
            nothing(words("calls.none" if calls else "campaign.no_leads"))
            return
        bars(
            [
                Bar(words.of(family, name), count, f"{count:,}", target=calls and f"{calls}&outcome={name}")
                for name, count in rows
                if count
            ]
        )
        if calls:
            ui.link(words("campaign.all_calls"), calls)


def _waiting(words: Words, campaign: CampaignStatus) -> None:
    with section(words("campaign.waiting")):
        if not campaign.waiting_reasons:
            nothing(words("campaign.nothing_waits"))
            return
        reasons = sorted(campaign.waiting_reasons.items(), key=lambda each: -each[1])
        bars([Bar(words.why(reason), count, f"{count:,}") for reason, count in reasons], told=True)


def _plan(words: Words, campaign: CampaignStatus) -> None:
    plan = campaign.plan

    def counted(value: float | None) -> str:
        return "–" if value is None else f"{value:g}"

    with section(words("campaign.plan")):
        facts(
            [
                (words("campaign.created"), words.moment(campaign.created_at)),
                (words("campaigns.started"), words.moment(campaign.started_at)),
                (words("campaign.finished"), words.moment(campaign.finished_at)),
                (words("campaigns.live"), str(campaign.live_calls)),
                (words("campaigns.playbook"), plan.playbook or words("campaigns.playbook_default")),
                (words("campaigns.business_types"), ", ".join(plan.business_types) or words("filter.any")),
                (words("campaigns.cap"), counted(plan.max_concurrent_calls)),
                (words("campaigns.pace"), counted(plan.calls_per_minute)),
                (words("campaigns.max_attempts"), counted(plan.retry.max_attempts)),
                (words("campaigns.max_leads"), counted(plan.max_leads)),
                (words("campaigns.one_approach"), words("yes" if plan.one_time_business_approach else "no")),
            ]
        )


def _change(visit: Visit, campaign: CampaignStatus, again: list[Look]) -> None:
    words, plan = visit.words, campaign.plan

    async def change() -> None:
        given = {
            "cap": cap.value,
            "calls_per_minute": pace.value,
            "max_attempts": attempts.value,
        }
        order = partial(
            visit.desk.neighbours.control, "set_cap", visit.visitor.name, campaign_id=campaign.campaign_id, **given
        )
        detail = ", ".join(f"{name}={value:g}" for name, value in given.items() if value is not None)
        if await visit.do(Action.CAP_CAMPAIGN, plan.name, order, detail=detail):
            await again[0]()

    with section(words("campaign.change")), ui.element("div").classes("inputs"):
        cap = ui.number(words("campaigns.cap"), value=plan.max_concurrent_calls, min=0, max=10_000, precision=0)
        pace = ui.number(words("campaigns.pace"), value=plan.calls_per_minute, min=0.01, max=60_000)
        attempts = ui.number(words("campaigns.max_attempts"), value=plan.retry.max_attempts, min=1, max=10, precision=0)
        for each in (cap, pace, attempts):
            each.props("outlined dense")
        button(words("campaign.set"), change, kind="primary")

"""Campaigns: all of them, a new one, and the lists of leads they call."""

from functools import partial

from nicegui import ui

from contracts.control import CampaignState, CampaignStatus
from services.runtime.errors import Failure
from services.telemetry.console.access.roles import Action
from services.telemetry.console.desk import Desk
from services.telemetry.console.language import Words
from services.telemetry.console.pieces.freshness import follow
from services.telemetry.console.pieces.lists import uploading
from services.telemetry.console.pieces.marks import badge, button, latin, nothing, section, text
from services.telemetry.console.pieces.plots import bar
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.tables import Cell, table
from services.telemetry.console.pieces.visit import Visit

REFRESH_S = 5.0
TONES = {
    CampaignState.RUNNING: "live",
    CampaignState.PAUSED: "warm",
    CampaignState.STOPPING: "warm",
    CampaignState.FINISHED: "good",
}
_OVER = ("done", "refused", "exhausted", "unsettled", "opted_out")


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/campaigns", "campaigns")
    async def campaigns(visit: Visit) -> None:
        await follow(visit, REFRESH_S, desk.neighbours.campaigns, partial(_campaigns, visit.words))
        if visit.may(Action.UPLOAD_LEADS):
            await uploading(visit)
        if visit.may(Action.CREATE_CAMPAIGN):
            await _new(visit)


def _campaigns(words: Words, found: tuple[CampaignStatus, ...]) -> None:
    if not found:
        nothing(words("campaigns.none"))
        return
    names = ("name", "state", "progress", "live", "started")
    with ui.element("div").classes("wide"):
        table(words("page.campaigns"), [words(f"campaigns.{each}") for each in names], [_row(words, c) for c in found])


def _row(words: Words, campaign: CampaignStatus) -> list[Cell]:
    return [
        partial(ui.link, campaign.plan.name, f"/campaigns/{campaign.campaign_id}"),
        partial(badge, words.of("campaign_state", campaign.state), TONES.get(campaign.state, "calm")),
        partial(progress, words, campaign),
        partial(latin, str(campaign.live_calls)),
        partial(latin, words.moment(campaign.started_at)),
    ]


def progress(words: Words, campaign: CampaignStatus) -> None:
    """How many leads of a campaign are done with."""
    over = sum(campaign.leads.get(state, 0) for state in _OVER)
    everybody = sum(campaign.leads.values())
    with ui.element("div").classes("progress"):
        bar(over / everybody if everybody else 0, f"{words('campaigns.progress')}: {over} / {everybody}")
        latin(f"{over:,} / {everybody:,}")


async def _new(visit: Visit) -> None:
    words, neighbours = visit.words, visit.desk.neighbours
    known: dict[str, str] = {"": words("campaigns.playbook_default")}
    try:
        shown = await neighbours.playbooks("list")
        known |= {each.name: each.name for each in shown.playbooks}
    except Failure:
        pass  # then the default is all there is to choose

    async def create() -> None:
        plan = {
            "name": (name.value or "").strip(),
            "business_types": [each.strip() for each in (types.value or "").split(",") if each.strip()],
            "playbook": playbook.value or None,
            "max_concurrent_calls": cap.value,
            "calls_per_minute": pace.value,
            "max_leads": most.value,
            "retry": {"max_attempts": attempts.value},
            "one_time_business_approach": bool(approach.value),
        }
        made = await visit.do(
            Action.CREATE_CAMPAIGN,
            plan["name"] or "–",
            lambda: neighbours.control("create", visit.visitor.name, plan=plan),
            said=words("campaigns.created"),
        )
        if made:
            ui.navigate.to(f"/campaigns/{made.campaigns[0].campaign_id}")

    with section(words("campaigns.new")):
        with ui.element("div").classes("inputs"):
            name = ui.input(words("campaigns.name")).props('outlined dense maxlength="200"')
            playbook = ui.select(known, value="", label=words("campaigns.playbook")).props("outlined dense")
            types = ui.input(words("campaigns.business_types")).props("outlined dense")
            types.props["hint"] = words("campaigns.types_hint")
            cap = ui.number(words("campaigns.cap"), min=0, max=10_000, precision=0).props("outlined dense")
            pace = ui.number(words("campaigns.pace"), min=0.01, max=60_000).props("outlined dense")
            most = ui.number(words("campaigns.max_leads"), min=1, precision=0).props("outlined dense")
            attempts = ui.number(words("campaigns.max_attempts"), min=1, max=10, precision=0).props("outlined dense")
        approach = ui.checkbox(words("campaigns.one_approach"))
        with ui.element("div").classes("buttons"):
            button(words("campaigns.create"), create, kind="primary")


def heading(words: Words, campaign: CampaignStatus) -> None:
    """Name and state."""
    text(campaign.plan.name, "h2")
    badge(words.of("campaign_state", campaign.state), TONES.get(campaign.state, "calm"))

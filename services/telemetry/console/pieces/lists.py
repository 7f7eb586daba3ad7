"""Lists of leads: dropped in, read by the dialer while one watches, and what is wrong in them line by line."""

import json
from functools import partial
from typing import Any
from uuid import UUID

from nicegui import events, ui

from services.runtime.errors import Failure
from services.telemetry.console.access.roles import Action
from services.telemetry.console.language import Words
from services.telemetry.console.pieces.marks import badge, latin, section, text
from services.telemetry.console.pieces.plots import bar
from services.telemetry.console.pieces.tables import Cell, table
from services.telemetry.console.pieces.visit import Visit

POLL_S = 0.7
SHOWN_PROBLEMS = 50
_TONES = {"finished": "good", "failed": "bad", "reading": "live"}
_COUNTED = ("rows", "accepted", "unchanged", "refused", "duplicates")
_MEGABYTE = 1024 * 1024


async def uploading(visit: Visit, campaign_id: UUID | None = None) -> None:
    """A place to drop a list, for a campaign or for one that is chosen; and the lists that were dropped before."""
    words, desk = visit.words, visit.desk
    chosen = {"campaign": campaign_id}

    async def take(dropped: events.UploadEventArguments) -> None:
        file = dropped.file
        target = chosen["campaign"]
        sent = await visit.do(
            Action.UPLOAD_LEADS,
            file.name,
            lambda: desk.dialer.send(file.name, file.iterate(), target),
            said=words("campaigns.uploading"),
            detail=str(target) if target else None,
        )
        place.reset()
        if sent:
            watch(str(sent["upload_id"]))

    def watch(upload_id: str) -> None:
        with reports:
            frame = ui.element("div").classes("report").props('role="status"')
        frame.move(target_index=0)

        async def look() -> None:
            try:
                upload = await desk.dialer.upload(upload_id)
            except Failure as failure:
                visit.warn(words("failed.read", why=words.why(failure.detail)))
                timer.deactivate()
                return
            frame.clear()
            with frame:
                _report(visit, upload)
            if upload["state"] in ("finished", "failed"):
                timer.deactivate()

        with frame:
            text(words("campaigns.uploading"))
        with reports:
            timer = ui.timer(POLL_S, look)

    def too_large() -> None:
        visit.warn(words("campaigns.too_large", number=desk.upload_max_mb))

    with section(words("campaigns.upload")):
        if campaign_id is None:
            await _campaign_choice(visit, chosen)
        place = ui.upload(
            label=words("campaigns.upload_hint"),
            auto_upload=True,
            max_file_size=desk.upload_max_mb * _MEGABYTE,
            on_upload=take,
            on_rejected=too_large,
        )
        place.props('flat bordered accept=".csv,.txt,.tsv,text/csv"').classes("drop")
        place.props["aria-label"] = words("campaigns.upload_hint")
        name = json.dumps(words("campaigns.upload_hint"))
        # The widget draws its own field for files, which has no name.
        ui.run_javascript(
            f"getElement({place.id}).$el.querySelectorAll('input[type=file]').forEach("
            f"each => each.setAttribute('aria-label', {name}))"
        )
        ui.link(words("campaigns.template"), "/leads.csv")
        reports = ui.element("div").classes("reports")
    await _earlier(visit, watch)


async def _campaign_choice(visit: Visit, chosen: dict[str, UUID | None]) -> None:
    found = await visit.read(visit.desk.neighbours.campaign_names())
    options: dict[str, str] = {"": visit.words("campaigns.upload_none")}
    options |= {str(each): name for each, name in (found or {}).items()}

    def choose(event: events.ValueChangeEventArguments[Any]) -> None:
        chosen["campaign"] = UUID(event.value) if event.value else None

    ui.select(options, value="", label=visit.words("campaigns.upload_to"), on_change=choose).props("outlined dense")


async def _earlier(visit: Visit, watch: Any) -> None:
    found = await visit.read(visit.desk.dialer.uploads())
    if not found:
        return
    words = visit.words

    def name_of(upload: dict[str, Any]) -> Any:
        def cell() -> None:
            made = text(str(upload["file_name"]), "button", "as-link")
            made.on("click", lambda: watch(str(upload["upload_id"])))

        return cell

    def state_of(upload: dict[str, Any]) -> Any:
        return lambda: badge(words.of("upload_state", upload["state"]), _TONES.get(upload["state"], "calm"))

    headings = [words("campaigns.file"), words("campaigns.state"), *(words(f"campaigns.{each}") for each in _COUNTED)]
    rows = [[name_of(each), state_of(each), *(str(each[name]) for name in _COUNTED)] for each in found]
    with section(words("campaigns.uploads")), ui.element("div").classes("wide"):
        table(words("campaigns.uploads"), headings, rows)


def _report(visit: Visit, upload: dict[str, Any]) -> None:
    words = visit.words
    with ui.element("div").classes("call-head"):
        text(str(upload["file_name"]), "strong")
        badge(words.of("upload_state", upload["state"]), _TONES.get(upload["state"], "calm"))
        for name in _COUNTED:
            with ui.element("span"):
                text(f"{words(f'campaigns.{name}')}: ")
                latin(f"{upload[name]:,}")
    if upload["state"] in ("waiting", "reading"):
        bar(float(upload["progress"]), words("campaigns.progress"))
    if upload["problem"]:
        text(words.why(str(upload["problem"])), "p", "problem")
    if upload["problems"]:
        text(words("campaigns.problems"), "h3")
        names = ("line", "column", "value", "problem", "cure")
        rows = [_row(words, each) for each in upload["problems"][:SHOWN_PROBLEMS]]
        with ui.element("div").classes("wide"):
            table(words("campaigns.problems"), [words(f"campaigns.{each}") for each in names], rows)
        ui.link(words("campaigns.report"), f"/uploads/{upload['upload_id']}/report.csv")


def _row(words: Words, found: dict[str, Any]) -> list[Cell]:
    problem, cure = words.fault(str(found["problem"]), str(found["cure"]))
    column = words.of("column", found["column"]) if found["column"] else ""
    return [str(found["line"]), partial(text, column, classes="unbroken"), str(found["value"]), problem, cure]

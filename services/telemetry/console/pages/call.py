"""One call: what came of it, what was said and what proves it, every event, the gate's rules, and the cost."""

import json
from functools import partial
from uuid import UUID

from nicegui import ui

from services.runtime.errors import NotFound
from services.telemetry.console.desk import PATH, Desk
from services.telemetry.console.language import Words, duration
from services.telemetry.console.pages.live import operating
from services.telemetry.console.pieces.calling import INTEREST, Transcript, outcome_badge
from services.telemetry.console.pieces.marks import badge, button, facts, latin, nothing, section, text
from services.telemetry.console.pieces.shell import page
from services.telemetry.console.pieces.tables import Cell, table
from services.telemetry.console.pieces.visit import Visit
from services.telemetry.domain.call_record import CallRecord, CallState
from services.telemetry.queries import KeptEvent, LeadVerdict

REPLAY_S = 1.2
"""How long a line stands alone when a call is replayed as text."""


def add(desk: Desk) -> None:
    """Show the page."""

    @page(desk, "/calls/{call_id}", "call")
    async def call(visit: Visit) -> None:
        words, call_id = visit.words, _id(visit.request.path_params["call_id"])
        record = await desk.archive.record(call_id)
        _head(visit, record)
        with ui.element("div").classes("columns"):
            with ui.element("div"):
                _transcript(desk, words, record)
            with ui.element("div"):
                _facts(words, record)
                _cost(words, record)
        verdicts = await desk.archive.verdicts(record.lead_id, 10) if record.lead_id else []
        _verdicts(words, [each for each in verdicts if not record.requested_at or each.at <= record.requested_at])
        _events(words, await desk.archive.events(call_id))


def _id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise NotFound(f"no call {given!r} is known") from None


def _head(visit: Visit, record: CallRecord) -> None:
    words, lead = visit.words, record.lead
    with ui.element("div").classes("call-head"):
        text(lead.name or words("lead.unknown"), "h2")
        if lead.company:
            text(lead.company, classes="soft")
        if record.phone:
            latin(record.phone)
        outcome_badge(words, record.state, record.outcome, record.disposition)
        if record.interest:
            badge(words("call.interest_is", interest=words.of("interest", record.interest)), INTEREST[record.interest])
    if record.summary:
        text(record.summary, "p", "summary")
    if record.next_step:
        text(words("call.next_step", step=record.next_step), "p")
    if record.error:
        text(record.error, "p", "problem")
    if record.state not in (CallState.ENDED, CallState.CONCLUDED):
        operating(visit, record.call_id)
        ui.timer(5, ui.navigate.reload, once=True)


def _transcript(desk: Desk, words: Words, record: CallRecord) -> None:
    evidence = {
        turn: "; ".join(words.of("outcome", each.claim) for each in record.evidence if turn in each.turns)
        for proof in record.evidence
        for turn in proof.turns
    }
    with section(words("call.transcript")):
        for place, recording in enumerate(record.recordings):
            name = words("call.recording", duration=duration(recording.duration_s or 0))
            if not desk.account.keeps(recording.url):
                text(words("call.recording_elsewhere", name=name), "p", "soft")
                continue
            player = ui.element("audio").props("controls preload=none").classes("player")
            player.props["src"] = f"{PATH}/recordings/{record.call_id}/{place}"
            player.props["aria-label"] = name
        if not record.transcript:
            nothing(words("call.silent"))
            return
        shown = Transcript(words, evidence)
        shown.show(record.transcript)
        place = len(record.transcript)

        def step() -> None:
            nonlocal place
            place += 1
            shown.show(record.transcript[:place])
            if place >= len(record.transcript):
                ticking.deactivate()

        def replay() -> None:
            nonlocal place
            place = 0
            shown.show(())
            ticking.activate()

        ticking = ui.timer(REPLAY_S, step, active=False)
        button(words("call.replay"), replay, icon="play_arrow")


def _facts(words: Words, record: CallRecord) -> None:
    talk = record.talk
    rows: list[tuple[str, str]] = [
        (words("call.requested_at"), words.moment(record.requested_at)),
        (words("call.started_at"), words.moment(record.started_at)),
        (words("calls.duration"), duration(record.duration_s)),
        (words("call.answered_by"), words.of("answered_by", record.answered_by)),
        (words("call.attempt"), str(record.attempt)),
        (words("call.line"), " · ".join(filter(None, (record.line, record.carrier))) or "–"),
    ]
    if record.playbook:
        named = " · ".join(filter(None, (record.playbook.name, record.playbook.variant)))
        rows.append((words("call.playbook"), named))
    if record.meeting:
        at = f"{words.moment(record.meeting.start)} · {record.meeting.representative_name}"
        rows.append((words("calls.meeting"), at))
    if record.callback:
        rows.append((words("call.callback"), words.moment(record.callback.start)))
    if record.opted_out:
        rows.append((words("call.opted_out"), words("yes")))
    if record.objections:
        rows.append((words("call.objections"), ", ".join(words.of("objection", each) for each in record.objections)))
    if talk.agent_share is not None:
        rows.append((words("call.agent_share"), words.percent(talk.agent_share)))
        rows.append((words("call.interruptions"), str(talk.interruptions)))
    with section(words("call.facts")):
        facts(rows)
        if record.answers:
            text(words("call.answers"), "h3")
            facts([(words.of("question", name), value) for name, value in record.answers.items()])


def _cost(words: Words, record: CallRecord) -> None:
    if record.cost is None:
        return
    with section(words("calls.cost")):
        rows = [
            (
                words.of("charge", item.what),
                f"{item.quantity:g} {words.of('unit', item.unit)} · {words.money(item.amount, item.currency)}",
            )
            for item in record.cost.items
        ]
        facts([*rows, (words("cost.total"), words.money(record.cost.total, record.cost.currency))])


def _verdicts(words: Words, verdicts: list[LeadVerdict]) -> None:
    with section(words("call.verdicts")):
        if not verdicts:
            nothing(words("call.no_verdicts"))
            return
        latest = verdicts[0]
        tone = {"accepted": "good", "refused": "bad"}.get(latest.verdict.value, "warm")
        with ui.element("div").classes("call-head"):
            badge(words.of("verdict", latest.verdict.value), tone)
            latin(words.moment(latest.at))
        rows: list[list[Cell]] = [
            [
                words.of("rule", each.rule),
                partial(badge, words("yes" if each.allowed else "no"), "good" if each.allowed else "bad"),
                words.why(each.reason),
            ]
            for each in latest.verdicts
        ]
        headings = [words(f"call.{each}") for each in ("rule", "allowed", "reason")]
        table(words("call.verdicts"), headings, rows)


def _events(words: Words, events: list[KeptEvent]) -> None:
    with section(words("call.events")), ui.element("ol").classes("events"):
        for event in events:
            with ui.element("li"), ui.element("details"):
                with ui.element("summary"):
                    latin(words.clock(event.stored_at))
                    text(words.of("event", event.kind), "strong")
                    latin(f"{event.stream} {event.sequence}", "soft")
                text(json.dumps(event.body, ensure_ascii=False, indent=2), "pre").props('dir="ltr" tabindex="0"')

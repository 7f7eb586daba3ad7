"""What a fact, a record or a verdict looks like as rows of tables."""

from collections import Counter
from typing import Any

from contracts.event import Event
from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused
from services.runtime.clock import ISRAEL
from services.telemetry.domain.call_record import CallRecord
from services.telemetry.domain.facts import Fact
from services.telemetry.domain.funnel import depth
from services.telemetry.domain.latency import step_of
from services.telemetry.domain.words import index_text
from services.telemetry.queries import VerdictKind
from services.telemetry.tables import NO_CAMPAIGN

VERDICTS = {
    LeadAccepted.__name__: VerdictKind.ACCEPTED,
    LeadRefused.__name__: VerdictKind.REFUSED,
    LeadDeferred.__name__: VerdictKind.DEFERRED,
}
_OBJECTION_LENGTH = 64


def fact_row(fact: Fact[Event]) -> dict[str, Any]:
    event = fact.event
    return {
        "stream": event.stream,
        "sequence": fact.sequence,
        "subject": event.subject,
        "kind": type(event).__name__,
        "call_id": fact.call_id,
        "lead_id": vars(event).get("lead_id"),
        "stored_at": fact.stored_at,
        "body": event.body().decode(),
    }


def lead_row(event: LeadAccepted | LeadRefused | LeadDeferred, sequence: int) -> dict[str, Any]:
    return {
        "lead_id": event.lead_id,
        "campaign_id": event.campaign_id or NO_CAMPAIGN,
        "told_at": event.occurred_at,
        "verdict": VERDICTS[type(event).__name__],
        "sequence": sequence,
    }


def call_columns(record: CallRecord) -> dict[str, Any]:
    """What lists, filters and sums need of a record."""
    dialed = record.dialed_at or record.requested_at
    playbook, cost = record.playbook, record.cost
    return {
        "state": record.state,
        "lead_id": record.lead_id,
        "lead_name": record.lead.name,
        "company": record.lead.company,
        "business_type": record.lead.business_type,
        "campaign_id": record.campaign_id,
        "attempt": record.attempt,
        "playbook": playbook.name if playbook else None,
        "variant": playbook.variant if playbook else None,
        "line": record.line,
        "outcome": record.outcome,
        "disposition": record.disposition,
        "answered_by": record.answered_by,
        "interest": record.interest,
        "reached": depth(record.stage),
        "hour": dialed.astimezone(ISRAEL).hour if dialed else None,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "duration_s": record.duration_s,
        "meeting_start": record.meeting.start if record.meeting else None,
        "agent_share": record.talk.agent_share,
        "interruptions": record.talk.interruptions,
        "longest_monologue_words": record.talk.longest_monologue_words,
        "cost": cost.total if cost else None,
        "currency": cost.currency if cost else None,
        "has_recording": bool(record.recordings),
        "is_whole": record.requested_at is not None,
    }


def searched_words(record: CallRecord) -> str:
    """Everything that a search looks through."""
    lines = (line.text for line in record.transcript)
    who = (record.lead.name, record.lead.company, record.lead.business_type)
    return index_text([*who, record.summary, *record.answers.values(), *lines], record.phone)


def wait_rows(record: CallRecord) -> list[dict[str, Any]]:
    counted = Counter(step_of(turn.first_word_ms) for turn in record.turns)
    return [{"call_id": record.call_id, "step": step, "turns": turns} for step, turns in sorted(counted.items())]


def objection_rows(record: CallRecord) -> list[dict[str, Any]]:
    kinds = dict.fromkeys(kind[:_OBJECTION_LENGTH] for kind in record.objections)
    return [{"call_id": record.call_id, "kind": kind} for kind in kinds]

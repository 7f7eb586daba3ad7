"""What HubSpot is told of a call, a meeting and a person, in its own properties."""

import html
from typing import Any

from contracts.event import Event
from contracts.meetings import MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.telemetry import CallLogged
from contracts.values import Disposition, LeadFacts, Outcome

CALL_ID, MEETING_ID = "messiah_call_id", "messiah_meeting_id"
LEAD_ID, LAST_OUTCOME, OPTED_OUT = "messiah_lead_id", "messiah_last_outcome", "messiah_opted_out"

PROPERTIES: dict[str, tuple[dict[str, Any], ...]] = {
    "contacts": (
        {"name": LEAD_ID, "label": "Messiah lead id", "groupName": "contactinformation"},
        {"name": LAST_OUTCOME, "label": "Messiah last outcome", "groupName": "contactinformation"},
        {"name": OPTED_OUT, "label": "Messiah opted out", "groupName": "contactinformation"},
    ),
    "calls": ({"name": CALL_ID, "label": "Messiah call id", "groupName": "call", "hasUniqueValue": True},),
    "meetings": ({"name": MEETING_ID, "label": "Messiah meeting id", "groupName": "meeting", "hasUniqueValue": True},),
}
"""Ours, made in the account before anything is written; all of them hold text."""

_STATUS = {
    Disposition.ANSWERED: "COMPLETED",
    Disposition.MACHINE: "COMPLETED",
    Disposition.NO_ANSWER: "NO_ANSWER",
    Disposition.BUSY: "BUSY",
    Disposition.CANCELLED: "CANCELED",
}
_CONNECTED, _BUSY = "f240bbac-87c9-4f6e-bf70-924b57d47db7", "9d9162e7-6cf3-4944-bf63-4dff82258764"
_NO_ANSWER, _WRONG_NUMBER = "73a0d17f-1163-4015-bdd5-ec830791da20", "17b47fee-58de-441e-a44c-c6300d46f273"
_DISPOSITION = {
    Disposition.ANSWERED: _CONNECTED,
    Disposition.BUSY: _BUSY,
    Disposition.NO_ANSWER: _NO_ANSWER,
}
"""The outcomes every HubSpot account is made with."""

_MEETING_OUTCOME: dict[type[Event], str] = {
    MeetingBooked: "SCHEDULED",
    MeetingRescheduled: "RESCHEDULED",
    MeetingCancelled: "CANCELED",
}

Properties = dict[str, str]


def written_forms(phone: str) -> list[str]:
    """How people may have written a number into a CRM.

    >>> written_forms("+972542345678")
    ['+972542345678', '972542345678', '0542345678', '054-2345678']
    """
    forms = [phone, phone.removeprefix("+")]
    if phone.startswith("+972"):
        national = "0" + phone.removeprefix("+972")
        area = 3 if len(national) > 9 else 2
        forms += [national, f"{national[:area]}-{national[area:]}"]
    return forms


def new_contact(phone: str | None, lead: LeadFacts | None, lead_id: str) -> Properties:
    """A contact that HubSpot does not have yet."""
    first, _, last = ((lead and lead.name) or "").strip().partition(" ")
    known = {
        "phone": phone,
        "firstname": first,
        "lastname": last,
        "company": lead and lead.company,
        "email": lead and lead.email,
        LEAD_ID: lead_id,
    }
    return {name: value for name, value in known.items() if value}


def contact_after(call: CallLogged) -> Properties:
    """What a call changes of a contact; what people wrote there stays theirs."""
    changed = {LEAD_ID: call.lead_id, LAST_OUTCOME: call.outcome.value}
    return changed | ({OPTED_OUT: "true"} if call.opted_out else {})


def call(logged: CallLogged) -> Properties:
    """A call as an engagement on the timeline."""
    at = logged.started_at or logged.dialed_at or logged.requested_at or logged.occurred_at
    properties = {
        CALL_ID: str(logged.call_id),
        "hs_timestamp": at.isoformat(),
        "hs_call_title": f"Agent Messiah: {logged.outcome.value.replace('_', ' ')}",
        "hs_call_body": _body(logged),
        "hs_call_direction": "OUTBOUND",
        "hs_call_duration": str(round(logged.duration_s * 1000)),
        "hs_call_status": _STATUS.get(logged.disposition, "FAILED"),
    }
    if logged.phone:
        properties["hs_call_to_number"] = logged.phone
    disposition = _WRONG_NUMBER if logged.outcome is Outcome.WRONG_PERSON else _DISPOSITION.get(logged.disposition)
    if disposition:
        properties["hs_call_disposition"] = disposition
    return properties


def meeting(event: MeetingBooked | MeetingRescheduled | MeetingCancelled) -> Properties:
    """A meeting as an engagement on the timeline."""
    return {
        MEETING_ID: str(event.meeting_id),
        "hs_timestamp": event.start.isoformat(),
        "hs_meeting_title": f"Meeting with {event.representative_name}",
        "hs_meeting_start_time": event.start.isoformat(),
        "hs_meeting_end_time": event.end.isoformat(),
        "hs_meeting_outcome": _MEETING_OUTCOME[type(event)],
    }


def _body(logged: CallLogged) -> str:
    """Summary, next step and answers as HubSpot's HTML."""
    lines = [logged.summary, *(f"{name}: {answer}" for name, answer in logged.answers.items())]
    if logged.next_step:
        lines.append(f"→ {logged.next_step}")
    return "<br>".join(html.escape(line) for line in lines if line)

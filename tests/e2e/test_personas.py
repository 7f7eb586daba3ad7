"""Everybody the simulator plays is called at once, and every call comes to what that person would expect."""

import asyncio
from typing import Any

import pytest

from contracts.leads import LeadSubmitted
from contracts.telemetry import CallLogged
from contracts.values import Disposition, Outcome, lead_id_of
from messiah import demo
from messiah.system import System
from services.runtime.broker import Broker

EXPECTED = {
    "78": (Outcome.MEETING_BOOKED, Disposition.ANSWERED),
    "01": (Outcome.MEETING_BOOKED, Disposition.ANSWERED),
    "02": (Outcome.CALLBACK_SCHEDULED, Disposition.ANSWERED),
    "03": (Outcome.NOT_INTERESTED, Disposition.ANSWERED),
    "04": (Outcome.MEETING_BOOKED, Disposition.ANSWERED),
    "05": (Outcome.OPTED_OUT, Disposition.ANSWERED),
    "07": (Outcome.VOICEMAIL, Disposition.MACHINE),
    "08": (Outcome.NOT_REACHED, Disposition.NO_ANSWER),
    "09": (Outcome.NOT_REACHED, Disposition.BUSY),
    "10": (Outcome.MEETING_BOOKED, Disposition.ANSWERED),
    "11": (Outcome.HUNG_UP, Disposition.ANSWERED),
    "12": (Outcome.NO_RESPONSE, Disposition.ANSWERED),
    "17": (Outcome.WRONG_PERSON, Disposition.ANSWERED),
    "20": (Outcome.NOT_REACHED, Disposition.FAILED),
    "21": (Outcome.NOT_REACHED, Disposition.FAILED),
    "22": (Outcome.MEETING_BOOKED, Disposition.ANSWERED),
    "26": (Outcome.MEETING_BOOKED, Disposition.ANSWERED),
    "30": (Outcome.MEETING_BOOKED, Disposition.ANSWERED),
}
"""By the last two digits of the number, as `simulator/README.md` lists them."""

GATEKEEPER = "06"
"""Who answers the phone for another may name a time, or only take a message."""
GATEKEEPER_OUTCOMES = {Outcome.CALLBACK_SCHEDULED, Outcome.GATEKEEPER}
EVERYBODY = (*EXPECTED, GATEKEEPER)


@pytest.mark.timeout(170)
async def test_every_call_comes_to_what_its_person_is_like(tmp_path):
    settings: dict[str, Any] = dict(demo.ALONE) | {
        "messiah_var": tmp_path,
        "messiah_clock": demo.CLOCK,
        "max_concurrent_calls": len(EVERYBODY),
        "calls_per_second": 50,
    }
    async with System.start(simulator={"speed": 8, "cps": 50}, **settings) as system:
        calls = await _call_everybody(system.nats_url)
    found = {digits: (call.outcome, call.disposition) for digits, call in calls.items()}
    assert found.pop(GATEKEEPER)[0] in GATEKEEPER_OUTCOMES
    assert found == EXPECTED
    for digits, call in calls.items():
        agent = [line.text for line in call.transcript if line.speaker == "agent"]
        if call.outcome is Outcome.MEETING_BOOKED:
            assert call.meeting is not None, digits
            assert any("קבענו" in text for text in agent), digits
        if call.disposition is Disposition.ANSWERED and agent:
            assert "בינה מלאכותית" in agent[0] or call.transcript[0].speaker == "caller", digits
        assert call.disposition is not Disposition.ANSWERED or call.evidence, digits


async def _call_everybody(nats_url: str) -> dict[str, CallLogged]:
    broker = Broker(nats_url, "personas")
    await broker.connect()
    numbers = {lead_id_of(phone): phone[-2:] for phone in (f"+9725423456{digits}" for digits in EVERYBODY)}
    logged: asyncio.Queue[CallLogged] = asyncio.Queue()

    async def take(message: Any) -> None:
        await logged.put(CallLogged.model_validate_json(message.data))

    await broker.nats.subscribe(CallLogged.subject_filter(), cb=take)
    for digits in EVERYBODY:
        lead = dict(demo.LEAD) | {"phone": f"+9725423456{digits}"}
        await broker.tell(LeadSubmitted(occurred_at=demo.CLOCK, **lead))
    calls: dict[str, CallLogged] = {}
    async with asyncio.timeout(120):
        while len(calls) < len(EVERYBODY):
            call = await logged.get()
            calls[numbers[call.lead_id]] = call
    await broker.close()
    return calls

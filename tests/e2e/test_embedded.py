"""The whole system in one process: from a lead, published by hand, to a booked meeting and a logged call."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from contracts.contacts import ContactOptedOut
from contracts.leads import LeadRefused
from contracts.meetings import MeetingBooked
from contracts.streams import DIALER_LEADS
from contracts.telemetry import CallLogged
from contracts.values import Disposition, Outcome, Speaker
from messiah.demo import LEAD
from messiah.system import System
from simulator.app import running
from simulator.settings import SimulatorSettings
from tests.e2e.conftest import SPEED, Ear, listening, settings

INTERESTED = "+972542345678"
WANTS_OFF_THE_LIST = "+972542345605"


async def publish(ear: Ear, lead: dict[str, Any] | bytes) -> None:
    """By hand, as any NATS client would: no headers, no ids."""
    body = lead if isinstance(lead, bytes) else json.dumps(lead, ensure_ascii=False).encode()
    await ear.broker.nats.publish("leads.submitted", body)


def lead(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (dict(LEAD) | changes).items() if value is not None}


async def test_a_lead_becomes_one_meeting_and_one_logged_call(ear: Ear, system: System) -> None:
    await publish(ear, lead())
    logged = await ear.until(CallLogged)

    assert (logged.outcome, logged.disposition) == (Outcome.MEETING_BOOKED, Disposition.ANSWERED)
    (booked,) = ear.of(MeetingBooked)
    assert logged.meeting is not None
    assert logged.meeting.meeting_id == booked.meeting_id
    assert booked.call_id == logged.call_id
    assert booked.start < booked.end
    assert logged.started_at is not None
    assert logged.ended_at is not None
    assert logged.started_at < logged.ended_at
    assert logged.duration_s > 0
    assert [line.speaker for line in logged.transcript[:2]] == [Speaker.AGENT, Speaker.CALLER]
    assert all(line.text.strip() for line in logged.transcript)
    assert logged.first_word_ms

    assert list((await ear.stored("MEETINGS", "meetings.*.booked")).values()) == [1]
    assert list((await ear.stored("TELEMETRY", "telemetry.calls.logged")).values()) == [1]
    assert list((await ear.stored("CALLS", "calls.*.concluded")).values()) == [1]
    assert await dials(system) == {INTERESTED: 1}


async def test_the_logged_body_is_what_is_promised_to_the_outside(ear: Ear) -> None:
    await publish(ear, lead())
    await ear.until(CallLogged)
    body = json.loads((await ear.kept("TELEMETRY", "telemetry.calls.logged")).data or b"")
    promised = {"call_id", "lead_id", "outcome", "disposition", "meeting", "transcript", "duration_s", "started_at"}
    assert promised | {"ended_at"} <= body.keys()
    assert {"start", "end"} <= body["meeting"].keys()
    assert {"turn", "speaker", "text", "at"} <= body["transcript"][0].keys()
    assert {line["speaker"] for line in body["transcript"]} == {"agent", "caller"}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"consent": None}, "consent"),
        ({"phone": "not a number"}, "number"),
    ],
)
async def test_a_poor_lead_is_refused_with_every_verdict(ear: Ear, changes: dict[str, Any], rule: str) -> None:
    await publish(ear, lead(**changes))
    refused = await ear.until(LeadRefused)
    assert refused.reasons
    verdicts = {verdict.rule: verdict.allowed for verdict in refused.verdicts}
    assert len(verdicts) > 3, "every rule says something, not only the one that refuses"
    assert any(rule in name and not allowed for name, allowed in verdicts.items())
    assert await ear.stored("CALLS", "calls.*.requested") == {}


async def test_who_has_opted_out_is_not_called_again(ear: Ear, system: System) -> None:
    await publish(ear, lead(phone=WANTS_OFF_THE_LIST))
    opted_out = await ear.until(ContactOptedOut)
    logged = await ear.until(CallLogged)
    assert logged.outcome is Outcome.OPTED_OUT

    await publish(ear, lead(phone=WANTS_OFF_THE_LIST))
    refused = await ear.until(LeadRefused)
    assert refused.lead_id == opted_out.lead_id
    assert await dials(system) == {WANTS_OFF_THE_LIST: 1}


@pytest.mark.parametrize("garbage", [b"\xff\x00garbage", b"{}", b"[1, 2]", b'"lead"'])
async def test_what_is_no_lead_is_kept_with_its_bytes_and_nothing_else_stops(ear: Ear, garbage: bytes) -> None:
    await publish(ear, garbage)
    letter = await ear.until_dead(DIALER_LEADS)
    assert letter.data == garbage
    assert letter.headers is not None
    assert letter.headers["Dead-Error"]

    await publish(ear, lead(consent=None))
    assert (await ear.until(LeadRefused)).reasons


async def test_one_port_serves_every_service(system: System) -> None:
    async with aiohttp.ClientSession(system.http_url) as client:
        async with client.get("/ready") as answer:
            assert (await answer.json())["services"] == {
                "dialer": "ready",
                "conversation": "ready",
                "scheduler": "ready",
                "telemetry": "ready",
            }
        async with client.get("/openapi.json") as answer:
            assert "/calls/{call_id}" in (await answer.json())["paths"]
        async with client.get("/asyncapi") as answer:
            channels = (await answer.json())["channels"].values()
            assert "leads.submitted" in {channel["address"] for channel in channels}
        async with client.get("/") as answer:
            assert "text/html" in answer.headers["content-type"]


async def test_a_configured_carrier_is_used_instead_of_the_simulator(tmp_path: Path) -> None:
    """The variables of a Twilio account, at a host of our own: what anybody's stand-in for the carrier is given."""
    account = {
        "twilio_account_sid": "AC" + "7" * 32,
        "twilio_auth_token": "token-of-the-account",
        "twilio_from_number": "+97233765432",
    }
    given = settings(tmp_path) | account
    simulator = SimulatorSettings(
        host="127.0.0.1",
        port=0,
        speed=SPEED,
        account_sid=account["twilio_account_sid"],
        auth_token=account["twilio_auth_token"],
    )
    async with running(simulator) as carrier, System.start(**given | {"twilio_api_url": carrier.url}) as system:
        assert system.simulator_url is None
        async with listening(system.nats_url) as ear:
            await publish(ear, lead())
            logged = await ear.until(CallLogged)
    assert logged.outcome is Outcome.MEETING_BOOKED
    assert carrier.carrier.dials() == {INTERESTED: 1}


async def dials(system: System) -> dict[str, int]:
    """How often the carrier was asked to call each number."""
    async with aiohttp.ClientSession() as client, client.get(f"{system.simulator_url}/simulator/calls") as answer:
        counted: dict[str, int] = (await answer.json())["dials"]
        return counted

"""The dialer over HTTP."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from contracts.calls import CallConcluded, CallDialed, CallEnded
from contracts.contacts import ContactOptedOut
from contracts.leads import LeadAccepted, LeadRefused
from services.dialer.domain.lead import LeadState
from services.dialer.domain.rules import RULES
from services.runtime import problems
from tests.component.dialer.conftest import CLOCK

LEAD = {
    "name": "דנה כהן",
    "phone": "054-2345678",
    "company": "אורנט",
    "consent": {"basis": "web_form", "obtained_at": CLOCK.now().date().isoformat()},
}


@pytest.fixture
async def http(dialers) -> AsyncIterator[httpx.AsyncClient]:
    service = await dialers.start()
    app = FastAPI()
    problems.install(app)
    for router in service.routers:
        app.include_router(router)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_a_lead_over_http_is_called_and_can_be_looked_at(http, facts, conversation):
    answer = await http.post("/leads", json=LEAD)
    assert answer.status_code == 202
    accepted = await facts.first(LeadAccepted)
    assert answer.json() == {"event_id": str(accepted.causation_id), "lead_id": accepted.lead_id}
    call = await facts.first(CallDialed)

    found = (await http.get(f"/leads/{accepted.lead_id}")).json()
    assert (found["state"], found["phone"]) == ("calling", "+972542345678")
    assert [each["rule"] for each in found["verdicts"]] == [rule.__name__ for rule in RULES]
    assert [each["call_id"] for each in found["calls"]] == [str(call.call_id)]
    assert [each["lead_id"] for each in (await http.get("/leads?state=calling")).json()] == [accepted.lead_id]
    assert (await http.get("/leads?state=done")).json() == []
    active = (await http.get("/calls/active")).json()
    assert active["paused"] is None
    assert [each["state"] for each in active["calls"]] == ["submitted"]


async def test_the_same_key_is_the_same_lead(http, facts, conversation):
    headers = {"Idempotency-Key": "row-1"}
    first, second = [(await http.post("/leads", json=LEAD, headers=headers)).json() for _ in range(2)]
    assert first == second
    await http.post("/leads", json=LEAD | {"phone": "03-5234567"})
    await facts.until(lambda: len(facts.of(LeadAccepted)) == 2)
    assert not facts.of(LeadRefused)


async def test_hanging_up(http, facts, carrier, conversation):
    await http.post("/leads", json=LEAD)
    call = await facts.first(CallDialed)
    assert (await http.post(f"/calls/{call.call_id}/hang-up")).status_code == 202
    assert carrier.ended == [call.carrier_call_id]
    assert (await http.post(f"/calls/{uuid4()}/hang-up")).status_code == 404


async def test_never_again(http, facts, dialers, carrier, conversation):
    await http.post("/leads", json=LEAD)
    call = await facts.first(CallDialed)
    answer = await http.post("/do-not-call", json={"phone": "054-2345678", "quote": "די"})
    assert answer.status_code == 201
    told = await facts.first(ContactOptedOut)
    assert (told.phone, told.lead_id) == ("+972542345678", call.lead_id)
    assert carrier.ended == [call.carrier_call_id]
    assert (await dialers.lead(call.lead_id)).state is LeadState.OPTED_OUT
    await http.post("/leads", json=LEAD)
    assert "not_opted_out" in {each.rule for each in (await facts.first(LeadRefused)).verdicts if not each.allowed}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [("/do-not-call", {}, "phone"), ("/do-not-call", {"phone": "*6050"}, "phone"), ("/leads", {}, "body.name")],
)
async def test_what_is_wrong_is_said_with_its_field(http, path, body, field):
    answer = await http.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


async def test_an_unknown_lead(http):
    answer = await http.get("/leads/nobody")
    assert answer.status_code == 404
    assert "GET /leads" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/leads", "/leads/x", "/calls/active"])
async def test_strangers_are_not_answered(http, path):
    http._transport = httpx.ASGITransport(http._transport.app, client=("203.0.113.9", 1))
    assert (await http.get(path)).status_code == 401


async def test_paused_dialing_is_shown(http, facts, carrier, conversation):
    from services.dialer.ports import CarrierMisconfigured

    async def refuses(_):
        raise CarrierMisconfigured("set TWILIO_FROM_NUMBER")

    carrier.answer = refuses
    await http.post("/leads", json=LEAD)
    await facts.first(CallConcluded)
    assert (await http.get("/calls/active")).json() == {"calls": [], "paused": "set TWILIO_FROM_NUMBER"}
    assert len(facts.of(CallEnded)) == 1

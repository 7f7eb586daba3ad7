"""The dialer over HTTP."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from contracts.calls import CallConcluded, CallDialed, CallEnded
from contracts.contacts import ContactOptedOut
from contracts.leads import LeadAccepted, LeadRefused
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.dialer.domain.lead import LeadState
from services.dialer.domain.rules import RULES
from services.dialer.ports.carrier import CarrierMisconfigured
from tests.component.dialer.conftest import CLOCK, Dialers
from tests.databases import ON_SQLITE

LEAD = {
    "name": "דנה כהן",
    "phone": "054-2345678",
    "company": "אורנט",
    "consent": {"basis": "web_form", "obtained_at": CLOCK.now().date().isoformat()},
}


class Http:
    """Asks the API; an answer is its status and its body."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self._client.get(path, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def post(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        async with self._client.post(path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def http(dialers: Dialers) -> AsyncIterator[Http]:
    listener = listen("127.0.0.1", 0)
    app = build_app([await dialers.start()])
    async with serving(app, listener), aiohttp.ClientSession(url_of(listener)) as client:
        yield Http(client)


async def test_a_lead_over_http_is_called_and_can_be_looked_at(http, facts, conversation):
    status, answer = await http.post("/leads", LEAD)
    assert status == 202
    accepted = await facts.first(LeadAccepted)
    assert answer == {"event_id": str(accepted.causation_id), "lead_id": accepted.lead_id}
    call = await facts.first(CallDialed)

    _, found = await http.get(f"/leads/{accepted.lead_id}")
    assert (found["state"], found["phone"]) == ("calling", "+972542345678")
    assert [each["rule"] for each in found["verdicts"]] == [rule.__name__ for rule in RULES]
    assert [each["call_id"] for each in found["calls"]] == [str(call.call_id)]
    assert [each["lead_id"] for each in (await http.get("/leads?state=calling"))[1]] == [accepted.lead_id]
    assert await http.get("/leads?state=done") == (200, [])
    _, active = await http.get("/calls/active")
    assert active["paused"] is None
    assert [each["state"] for each in active["calls"]] == ["submitted"]


async def test_the_same_key_is_the_same_lead(http, facts, conversation):
    first, second = [await http.post("/leads", LEAD, **{"Idempotency-Key": "row-1"}) for _ in range(2)]
    assert first == second
    await http.post("/leads", LEAD | {"phone": "03-5234567"})
    await facts.until(lambda: len(facts.of(LeadAccepted)) == 2)
    assert not facts.of(LeadRefused)


async def test_hanging_up(http, facts, carrier, conversation):
    await http.post("/leads", LEAD)
    call = await facts.first(CallDialed)
    assert (await http.post(f"/calls/{call.call_id}/hang-up"))[0] == 202
    assert carrier.ended == [call.carrier_call_id]
    assert (await http.post(f"/calls/{uuid4()}/hang-up"))[0] == 404


async def test_never_again(http, facts, dialers, carrier, conversation):
    await http.post("/leads", LEAD)
    call = await facts.first(CallDialed)
    status, _ = await http.post("/do-not-call", {"phone": "054-2345678", "quote": "די"})
    assert status == 201
    told = await facts.first(ContactOptedOut)
    assert (told.phone, told.lead_id) == ("+972542345678", call.lead_id)
    assert carrier.ended == [call.carrier_call_id]
    assert (await dialers.lead(call.lead_id)).state is LeadState.OPTED_OUT
    await http.post("/leads", LEAD)
    assert "not_opted_out" in {each.rule for each in (await facts.first(LeadRefused)).verdicts if not each.allowed}


WRONG = [("/do-not-call", {}, "phone"), ("/do-not-call", {"phone": "*6050"}, "phone"), ("/leads", {}, "body.name")]


@ON_SQLITE
async def test_what_is_wrong_is_said_with_its_field(http, subtests):
    for path, body, field in WRONG:
        with subtests.test(path, field=field):
            status, problem = await http.post(path, body)
            assert (status, problem["field"]) == (422, field)


@ON_SQLITE
async def test_an_unknown_lead(http):
    status, problem = await http.get("/leads/nobody")
    assert status == 404
    assert "GET /leads" in problem["detail"]


@ON_SQLITE
async def test_strangers_are_not_answered(http, subtests):
    for path in ("/leads", "/leads/x", "/calls/active"):
        with subtests.test(path):
            status, _ = await http.get(path, **{"X-Forwarded-For": "203.0.113.9"})
            assert status == 401


async def test_paused_dialing_is_shown(http, facts, carrier, conversation):
    async def refuses(_):
        raise CarrierMisconfigured("set TWILIO_FROM_NUMBER")

    carrier.answer = refuses
    await http.post("/leads", LEAD)
    await facts.first(CallConcluded)
    assert await http.get("/calls/active") == (
        200,
        {"calls": [], "paused": "set TWILIO_FROM_NUMBER", "failures": ["set TWILIO_FROM_NUMBER"]},
    )
    assert len(facts.of(CallEnded)) == 1

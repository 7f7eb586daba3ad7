"""Campaigns over HTTP: every route, what it refuses, and that a repeated request is done once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from contracts.calls import CallDialed
from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.dialer.domain.lead import LeadState
from tests.component.dialer.conftest import Dialers
from tests.databases import ON_SQLITE

PLAN = {"name": "autumn", "max_concurrent_calls": 2}
NOBODY = UUID(int=7)


class Http:
    """Asks the API; an answer is its status and its body."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def __call__(self, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        async with self._client.request(method, path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def http(dialers: Dialers) -> AsyncIterator[Http]:
    listener = listen("127.0.0.1", 0)
    app = build_app([await dialers.start()])
    async with serving(app, listener), aiohttp.ClientSession(url_of(listener)) as client:
        yield Http(client)


async def test_from_its_creation_to_its_end(http, dialers, facts, conversation):
    status, draft = await http("POST", "/campaigns", PLAN)
    assert (status, draft["state"], draft["plan"]["name"]) == (201, "draft", "autumn")
    one = f"/campaigns/{draft['campaign_id']}"
    await dialers.submit(campaign_id=draft["campaign_id"])
    await facts.first(LeadDeferred)
    (pending,) = (await http("GET", f"/leads/pending?campaign_id={draft['campaign_id']}"))[1]
    assert "does not run" in pending["reason"]

    assert (await http("POST", f"{one}/start"))[1]["state"] == "running"
    call = await facts.first(CallDialed)
    assert (await http("GET", "/leads/pending"))[1] == []
    _, active = await http("GET", f"/calls/active?campaign_id={draft['campaign_id']}")
    assert [each["call_id"] for each in active["calls"]] == [str(call.call_id)]
    assert (await http("GET", f"/calls/active?campaign_id={NOBODY}"))[1]["calls"] == []

    assert (await http("POST", f"{one}/pause", {"reason": "lunch"}))[1]["reason"] == "lunch"
    assert (await http("POST", f"{one}/resume"))[1]["state"] == "running"
    _, changed = await http("PATCH", one, {"max_concurrent_calls": 0, "calls_per_minute": 30})
    assert (changed["plan"]["max_concurrent_calls"], changed["plan"]["calls_per_minute"]) == (0, 30)
    assert (await http("POST", f"{one}/stop"))[1]["state"] == "stopping"
    assert (await http("GET", one))[1]["live_calls"] == 1
    assert [each["campaign_id"] for each in (await http("GET", "/campaigns?state=stopping"))[1]] == [
        draft["campaign_id"]
    ]
    assert (await http("GET", "/campaigns?state=draft"))[1] == []


PROMISED = """
POST /campaigns
POST /campaigns/{campaign_id}/{action}
GET /campaigns/{campaign_id}
POST /campaign/start
GET /campaign/status
POST /campaign/{action}
GET /leads
GET /leads/pending
POST /leads/upload
GET /leads/template
POST /outbound/initiate-call
POST /outbound/campaign
POST /call/initiate
GET /calls/active
"""


async def test_every_path_is_named_as_it_was_promised(http):
    _, document = await http("GET", "/openapi.json")
    paths = document["paths"]
    for promised in PROMISED.strip().splitlines():
        method, path = promised.split()
        assert method.lower() in paths[path], promised
    (action,) = [
        each for each in paths["/campaigns/{campaign_id}/{action}"]["post"]["parameters"] if each["name"] == "action"
    ]
    assert set(action["schema"]["enum"]) == {"start", "pause", "resume", "stop", "retry"}


async def test_the_short_forms_mean_the_only_one(http, dialers, facts):
    assert (await http("POST", "/campaign/start"))[0] == 404
    status, started = await http("POST", "/campaign/start", PLAN)
    assert (status, started["state"]) == (200, "running")
    assert (await http("GET", "/campaign/status"))[1]["campaign_id"] == started["campaign_id"]
    for action, state in (("pause", "paused"), ("resume", "running"), ("retry", "running"), ("stop", "stopped")):
        assert (await http("POST", f"/campaign/{action}"))[1]["state"] == state
    assert (await http("GET", "/campaign/status"))[1]["state"] == "stopped"
    assert (await http("POST", "/outbound/campaign", PLAN))[1]["state"] == "running"
    await http("POST", "/campaigns", PLAN)
    assert (await http("POST", "/campaign/start"))[1]["state"] == "running"
    status, problem = await http("POST", "/campaign/stop")
    assert (status, problem["field"]) == (409, "campaign_id")


async def test_a_lead_is_called_when_somebody_says_so(http, dialers, facts, conversation):
    await http("PUT", "/calls/cap", {"cap": 0})
    await dialers.submit(lead_id="dana")
    await dialers.submit(lead_id="nobody-asked", phone="03-5234567", consent=None)
    await facts.first(LeadAccepted)
    refused = await facts.first(LeadRefused)
    for path, body in (("/outbound/initiate-call?lead_id=dana", None), ("/call/initiate", {"lead_id": "dana"})):
        status, standing = await http("POST", path, body)
        assert (status, standing["lead_id"], standing["state"]) == (202, "dana", "waiting")
        assert standing["reason"] == "every rule allows the call"
    assert (await http("PUT", "/calls/cap", {"cap": 3}))[1] == {"cap": 3}
    assert (await http("GET", "/calls/cap"))[1] == {"cap": 3}
    call = await facts.first(CallDialed)
    assert call.lead_id == "dana"
    status, problem = await http("POST", "/call/initiate", {"lead_id": "dana"})
    assert status == 409
    assert "already planned or in progress" in problem["detail"]
    assert (await dialers.lead("dana")).state is LeadState.CALLING
    status, problem = await http("POST", "/call/initiate", {"lead_id": "nobody-asked"})
    assert (status, problem["detail"]) == (409, refused.reasons[0])
    assert (await http("POST", "/outbound/initiate-call?lead_id=stranger"))[0] == 404


async def test_a_repeated_request_is_done_once(http):
    keyed = [http("POST", "/campaigns", PLAN, key="row-1") for _ in range(4)]
    answers = await asyncio.gather(*keyed)
    assert {status for status, _ in answers} == {201}
    assert len({answer["campaign_id"] for _, answer in answers}) == 1
    assert len((await http("GET", "/campaigns"))[1]) == 1
    one = f"/campaigns/{answers[0][1]['campaign_id']}"
    _, first = await http("POST", f"{one}/start", key="start-1")
    await http("POST", f"{one}/stop")
    assert (await http("POST", f"{one}/start", key="start-1"))[1] == first
    assert (await http("GET", one))[1]["state"] == "stopped", "what was done once is not done again"
    status, problem = await http("POST", "/campaigns", {"name": "winter"}, key="row-1")
    assert (status, problem["field"]) == (409, "Idempotency-Key")


async def test_what_failed_under_a_key_may_be_tried_again(http, dialers, facts):
    await http("PUT", "/calls/cap", {"cap": 0})
    assert (await http("POST", "/call/initiate", {"lead_id": "dana"}, key="call-1"))[0] == 404
    await dialers.submit(lead_id="dana")
    await facts.first(LeadAccepted)
    assert (await http("POST", "/call/initiate", {"lead_id": "dana"}, key="call-1"))[0] == 202


WRONG = [
    ("POST", "/campaigns", {}, 422, "body.name"),
    ("POST", "/campaigns", {"name": "a\x00b"}, 422, "body"),
    ("POST", "/campaigns", PLAN | {"max_leads": 10**30}, 422, "body.max_leads"),
    ("POST", "/campaigns", PLAN | {"hours": {"start": "25:00"}}, 422, "body.hours.start"),
    ("POST", "/campaigns", PLAN | {"retry": {"max_attempts": 9}}, 422, "retry.max_attempts"),
    ("POST", "/campaigns", PLAN | {"playbook": "no-such"}, 404, "plan.playbook"),
    ("POST", f"/campaigns/{NOBODY}/start", None, 404, "campaign_id"),
    ("POST", f"/campaigns/{NOBODY}/dance", None, 422, "path.action"),
    ("GET", f"/campaigns/{NOBODY}", None, 404, "campaign_id"),
    ("PATCH", f"/campaigns/{NOBODY}", {"max_concurrent_calls": 3}, 404, "campaign_id"),
    ("PUT", "/calls/cap", {"cap": -1}, 422, "body.cap"),
    ("POST", "/campaign/stop", None, 404, "campaign_id"),
    ("GET", "/campaign/status", None, 404, "campaign_id"),
    ("POST", "/outbound/initiate-call", None, 422, "query.lead_id"),
]


@ON_SQLITE
async def test_what_is_wrong_is_said_with_its_field(http, subtests):
    for method, path, body, status, field in WRONG:
        with subtests.test(f"{method} {path}", field=field):
            found, problem = await http(method, path, body)
            assert (found, problem["field"]) == (status, field)
            assert problem["detail"]


async def test_a_change_that_changes_nothing_is_refused(http):
    _, draft = await http("POST", "/campaigns", PLAN)
    status, problem = await http("PATCH", f"/campaigns/{draft['campaign_id']}", {})
    assert (status, problem["field"]) == (422, "cap")

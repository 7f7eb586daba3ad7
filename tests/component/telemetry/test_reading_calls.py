"""What telemetry shows over HTTP: calls, their events, verdicts, and what a person may do about them."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import aiohttp

from contracts.leads import LeadAccepted, LeadRefused
from contracts.turns import CallOperated
from contracts.values import Outcome, Verdict
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.settings import RuntimeSettings
from tests.unit.telemetry.sample_call import BEGAN, LEAD, TRANSCRIPT, SampleCall


async def _get(api, path, **query):
    async with api.get(path, params={name: str(value) for name, value in query.items()}) as answer:
        return answer.status, answer.content_type, await answer.json()


async def _eventually(api, path, holds, **query):
    """The answer of a path once it holds what it should."""
    async with asyncio.timeout(20):
        while True:
            status, _, body = await _get(api, path, **query)
            if status == 200 and holds(body):
                return body
            await asyncio.sleep(0.05)


def _finished(count):
    return lambda page: len(page["items"]) == count and all(item["state"] == "concluded" for item in page["items"])


async def test_a_logged_call_can_be_read_with_its_transcript_and_its_events(api, teller):
    call = SampleCall(uuid4())
    await teller.tell_a_whole_call(call)
    await teller.logged()
    _, _, record = await _get(api, f"/calls/{call.call_id}")
    assert record["complete"]
    assert [line["text"] for line in record["transcript"]] == [text for _, text, _ in TRANSCRIPT]
    assert record["meeting"]["representative_name"] == "נועה"
    _, _, events = await _get(api, f"/calls/{call.call_id}/events")
    kinds = [event["kind"] for event in events]
    assert kinds[:4] == ["CallRequested", "CallDialed", "CallStarted", "CallClaimed"]
    assert {"MeetingBooked", "TurnMeasured", "CallConcluded"} <= set(kinds)
    assert events[0]["subject"] == f"calls.{call.call_id}.requested"
    assert events[0]["body"]["phone"] == "+972542345678"


async def test_calls_are_listed_newest_first_in_pages_that_neither_repeat_nor_skip(api, teller):
    calls = [SampleCall(uuid4(), BEGAN + timedelta(minutes=number // 2)) for number in range(7)]
    for call in calls:
        await teller.tell(*call.before_the_claim(), call.ended(), call.concluded())
    whole = await _eventually(api, "/calls", _finished(7))
    began = [item["began_at"] for item in whole["items"]]
    assert began == sorted(began, reverse=True)
    assert whole["next_cursor"] is None
    seen, cursor = [], {}
    while True:
        _, _, page = await _get(api, "/calls", limit=2, **cursor)
        seen += [item["call_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [item["call_id"] for item in whole["items"]]


async def test_filters_choose_calls(api, teller):
    booked, declined = SampleCall(uuid4()), SampleCall(uuid4(), BEGAN + timedelta(hours=1))
    for call, outcome in ((booked, Outcome.MEETING_BOOKED), (declined, Outcome.NOT_INTERESTED)):
        await teller.tell(*call.before_the_claim(), call.ended(), call.concluded(outcome))
    await _eventually(api, "/calls", _finished(2))

    async def found(**filters) -> list[str]:
        _, _, page = await _get(api, "/calls", **filters)
        return [item["call_id"] for item in page["items"]]

    assert await found(outcome="not_interested") == [str(declined.call_id)]
    assert await found(disposition="busy") == []
    assert len(await found(disposition="answered", lead_id=LEAD)) == 2
    half = (BEGAN + timedelta(minutes=30)).isoformat()
    assert await found(since=half) == [str(declined.call_id)]
    assert await found(until=half) == [str(booked.call_id)]


async def test_a_bad_filter_is_a_problem_that_names_it(api):
    for name, value in {
        "outcome": "splendid",
        "limit": "1000",
        "since": "yesterday",
        "cursor": "bm90IG91cnM=",
        "outcomes": "meeting_booked",
    }.items():
        status, content_type, problem = await _get(api, "/calls", **{name: value})
        assert (status, content_type) == (422, "application/problem+json")
        assert name in problem["field"]
        assert problem["detail"]


async def test_a_call_nobody_knows_is_a_problem(api):
    for path in (f"/calls/{uuid4()}", f"/calls/{uuid4()}/events"):
        status, content_type, problem = await _get(api, path)
        assert (status, content_type) == (404, "application/problem+json")
        assert "GET /calls" in problem["detail"]


async def test_the_gates_verdicts_are_listed_newest_first(api, teller):
    at = SampleCall().at
    rule = Verdict(rule="consent", allowed=False, reason="no consent on record")
    await teller.tell(
        LeadAccepted(lead_id=LEAD, occurred_at=at()),
        LeadRefused(lead_id="ron", occurred_at=at(), verdicts=(rule,), reasons=("no consent on record",)),
    )
    verdicts = await _eventually(api, "/verdicts", lambda body: len(body) == 2)
    assert [(each["lead_id"], each["verdict"]) for each in verdicts] == [("ron", "refused"), (LEAD, "accepted")]
    assert verdicts[0]["reasons"] == ["no consent on record"]
    _, _, of_one = await _get(api, "/verdicts", lead_id="ron")
    assert [each["verdicts"][0]["rule"] for each in of_one] == ["consent"]


async def test_a_person_can_step_into_a_call_in_progress_and_only_then(api, teller, broker):
    call = SampleCall(uuid4())
    path = f"/calls/{call.call_id}/operate"

    async def operate(**body) -> int:
        async with api.post(path, json=body) as answer:
            return answer.status

    assert await operate(action="hang_up") == 404
    await teller.tell(*call.before_the_claim())
    await _eventually(api, f"/calls/{call.call_id}", lambda record: record["state"] == "talking")
    subscription = await broker.js.subscribe("calls.*.operated", stream="CALLS", ordered_consumer=True)
    assert await operate(action="say") == 422
    assert await operate(action="dance") == 422
    assert await operate(action="say", text="רגע אחד") == 202
    operated = CallOperated.model_validate_json((await subscription.next_msg(timeout=10)).data)
    assert (operated.call_id, operated.action, operated.text) == (call.call_id, "say", "רגע אחד")
    await teller.tell(call.ended())
    await _eventually(api, f"/calls/{call.call_id}", lambda record: record["state"] == "ended")
    assert await operate(action="hang_up") == 409


async def test_a_page_of_another_site_cannot_step_in(api, teller):
    """A browser sends what another site posts only in forms that need no permission, such as plain text."""
    call = SampleCall(uuid4())
    await teller.tell(*call.before_the_claim())
    await _eventually(api, f"/calls/{call.call_id}", lambda record: record["state"] == "talking")
    body, headers = '{"action": "hang_up"}', {"Content-Type": "text/plain"}
    async with api.post(f"/calls/{call.call_id}/operate", data=body, headers=headers) as answer:
        assert answer.status == 422


async def test_with_a_token_only_its_bearer_reads_calls_and_anybody_loads_the_empty_page(start):
    service = await start()
    listener = listen("127.0.0.1", 0)
    bearer = {"Authorization": "Bearer secret"}
    async with (
        serving(build_app([service], RuntimeSettings(_env_file=None, messiah_api_token="secret")), listener),
        aiohttp.ClientSession(url_of(listener)) as client,
    ):
        for path in ("/calls", "/verdicts", "/live-calls"):
            status, content_type, _ = await _get(client, path)
            assert (status, content_type) == (401, "application/problem+json")
            async with client.get(path, headers=bearer) as answer:
                assert answer.status == 200
        async with client.get("/live-calls/stream") as answer:
            assert answer.status == 401
        async with client.get("/") as answer:
            assert answer.status == 200


async def test_what_telemetry_tells_is_documented(api):
    async with api.get("/asyncapi") as answer:
        assert "telemetry.calls.logged" in str(await answer.json())

"""Search, statistics and the download over HTTP, on both databases."""

import asyncio
import csv
import io
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts.calls import Playbook
from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused
from contracts.values import Disposition, LeadFacts, Outcome
from tests.unit.telemetry.sample_call import BEGAN, SampleCall

CAMPAIGN = UUID("01a1fcbb-0000-7000-8000-00000000c0de")
A, B = (Playbook(name="alta", content_hash="1", variant=variant) for variant in "ab")


async def _get(api, path, **query):
    async with api.get(path, params={name: str(value) for name, value in query.items()}) as answer:
        return answer.status, await answer.json()


async def _ids(api, **query) -> list[str]:
    status, page = await _get(api, "/calls", **query)
    assert status == 200, page
    return [item["call_id"] for item in page["items"]]


async def _all_logged(api, count: int) -> None:
    async with asyncio.timeout(20):
        while True:
            _, found = await _get(api, "/calls", limit=200)
            if sum(item["state"] == "concluded" for item in found["items"]) == count:
                return
            await asyncio.sleep(0.05)


def _lead(number: int, **facts) -> dict:
    return {
        "lead_id": f"lead-{number}",
        "phone": f"+9725423456{number:02}",
        "lead": LeadFacts(name=f"ליד {number}", **facts),
        "campaign_id": CAMPAIGN,
    }


@pytest.fixture
async def told(api, teller) -> list[SampleCall]:
    """A booked call, one that was declined, one nobody answered, and a lead that was refused."""
    booked, declined, busy = (SampleCall(uuid4(), BEGAN + timedelta(hours=hours)) for hours in range(3))
    await teller.tell(
        *(LeadAccepted(lead_id=f"lead-{number}", occurred_at=BEGAN, campaign_id=CAMPAIGN) for number in (1, 2, 3)),
        LeadDeferred(lead_id="lead-4", occurred_at=BEGAN, campaign_id=CAMPAIGN, until=BEGAN, reasons=("late",)),
        LeadRefused(lead_id="lead-4", occurred_at=BEGAN, campaign_id=CAMPAIGN, reasons=("no consent",)),
    )
    await teller.tell(*booked.before_the_claim(**_lead(1, business_type="תוכנה"), playbook=A))
    epoch = await teller.tell(booked.claimed())
    await teller.tell(*booked.under_the_claim(epoch), booked.booked())

    await teller.tell(*declined.before_the_claim(**_lead(2, business_type="מסעדה"), playbook=B))
    epoch = await teller.tell(declined.claimed())
    late = declined.concluded(Outcome.NOT_INTERESTED).model_copy(update={"interest": "low", "answers": {}})
    await teller.tell(
        declined.heard(1, "לא מתאים לנו, כבר נפגשנו עם המנכ״ל"),
        declined.noted(epoch, 1, "objection", "not_now"),
        declined.measured(1, 400.0),
        declined.ended(duration_s=12.0),
        late,
    )
    await teller.tell(*busy.before_the_claim(**_lead(3), playbook=B, attempt=2)[:2])
    missed = busy.concluded(Outcome.NOT_REACHED).model_copy(
        update={"disposition": Disposition.BUSY, "concluded_by": "dialer", "interest": None, "answers": {}}
    )
    await teller.tell(busy.ended(Disposition.BUSY, 0.0), missed)
    await _all_logged(api, 3)
    return [booked, declined, busy]


async def test_calls_are_found_by_what_was_said_and_by_whom(api, told):
    booked, declined, busy = (str(call.call_id) for call in told)
    assert await _ids(api, q="פגישה") == [busy, declined, booked]  # the summary says it
    assert await _ids(api, q="מתאים") == [declined]
    assert await _ids(api, q='מנכ"ל') == [declined]
    assert await _ids(api, q="המנכל מתא") == [declined]
    assert await _ids(api, q="עסקים") == [] != await _ids(api, q="עוזרים")
    assert await _ids(api, q="ליד 1") == [booked]
    assert await _ids(api, q="054-2345602") == [declined]
    assert await _ids(api, q="מתאים", outcome="meeting_booked") == []
    assert await _ids(api, q='"; DROP TABLE calls; --') == []
    status, problem = await _get(api, "/calls", q="!?")
    assert (status, problem["field"]) == (422, "q")


async def test_calls_are_filtered_and_sorted_by_what_became_of_them(api, told):
    booked, declined, busy = (str(call.call_id) for call in told)
    assert await _ids(api, campaign_id=CAMPAIGN, sort="began_at") == [booked, declined, busy]
    assert await _ids(api, playbook="alta", variant="b") == [busy, declined]
    assert await _ids(api, interest="high") == [booked]
    assert await _ids(api, min_duration_s=12) == [declined, booked]
    assert await _ids(api, stage="answered") == [declined, booked]
    assert await _ids(api, sort="-duration_s") == [booked, declined, busy]
    _, first = await _get(api, "/calls", sort="duration_s", limit=2)
    assert [item["call_id"] for item in first["items"]] == [busy, declined]
    assert await _ids(api, sort="duration_s", limit=2, cursor=first["next_cursor"]) == [booked]
    status, problem = await _get(api, "/calls", sort="-began_at", cursor=first["next_cursor"])
    assert (status, problem["field"]) == (422, "cursor")


async def test_statistics_count_every_call_and_every_lead_once(api, told):
    _, found = await _get(api, "/results/statistics", campaign_id=CAMPAIGN)
    assert found["calls"] == 3
    funnel = {step["stage"]: step["leads"] for step in found["funnel"]}
    assert funnel == {"submitted": 4, "dialed": 3, "answered": 2, "pitched": 1, "qualified": 1, "booked": 1}
    assert found["outcomes"] == {"meeting_booked": 1, "not_interested": 1, "not_reached": 1}
    assert found["dispositions"] == {"answered": 2, "busy": 1}
    assert found["objections"] == {"not_now": 1, "price": 1}
    assert [(each["key"], each["calls"], each["booked"]) for each in found["by_hour"]] == [
        ("10", 1, 1),
        ("11", 1, 0),
        ("12", 1, 0),
    ]
    assert [(each["key"], each["calls"]) for each in found["by_attempt"]] == [("1", 2), ("2", 1)]
    assert {each["key"] for each in found["by_business_type"]} == {"תוכנה", "מסעדה", None}
    (campaign,) = found["by_campaign"]
    assert (campaign["key"], campaign["answered"], campaign["booked_rate"]["rate"]) == (str(CAMPAIGN), 2, 0.5)
    a, b = found["variants"]
    assert (a["key"], a["against"], a["booked_rate"]["rate"], b["booked_rate"]["rate"]) == ("a", "b", 1.0, 0.0)
    assert a["certain"] is False
    assert found["first_word_ms"]["turns"] == 3
    assert found["first_word_ms"]["p99"] == pytest.approx(400, rel=0.011)
    assert found["talk"]["calls"] == 2
    assert found["talk"]["interruptions_per_call"] == 1.0
    (costs,) = found["costs"]
    assert (costs["currency"], costs["calls_known"], costs["per_meeting"]) == ("USD", 3, costs["total"])
    assert found["cost_unknown"] == 0


async def test_statistics_of_a_part_begin_with_its_own_leads(api, told):
    _, found = await _get(api, "/results/statistics", q="מתאים")
    assert found["calls"] == 1
    assert [step["leads"] for step in found["funnel"]] == [1, 1, 1, 0, 0, 0]
    assert found["objections"] == {"not_now": 1}
    assert found["first_word_ms"]["turns"] == 1
    _, none = await _get(api, "/results/statistics", until=BEGAN.isoformat())
    assert (none["calls"], none["first_word_ms"]["p50"], none["costs"]) == (0, None, [])
    assert [step["leads"] for step in none["funnel"]] == [0] * 6


async def test_results_are_downloaded_as_a_table(api, told):
    async with api.get("/results/download", params={"campaign_id": str(CAMPAIGN)}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="messiah-results-')
        body = (await answer.read()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["call_status"] for row in rows] == ["busy", "not_interested", "meeting_booked"]
    assert rows[2]["contact_number"] == "054-2345601"
    assert rows[2]["scheduled_meeting"] == "2026-11-24 10:00 נועה"
    assert rows[2]["conversation_summary"] == "נקבעה פגישה"
    status, problem = await _get(api, "/results/download", q="?")
    assert (status, problem["field"]) == (422, "q")


async def test_a_call_that_still_runs_is_no_result(api, teller, told):
    await teller.tell(*SampleCall(uuid4()).before_the_claim(**_lead(5)))
    async with api.get("/results/download") as answer:
        assert len((await answer.text()).splitlines()) == 1 + len(told)

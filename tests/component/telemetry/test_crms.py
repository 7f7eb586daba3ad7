"""Calls, meetings and people in CRMs: written once, whatever is told twice or fails in between."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import pytest
from nats.js.api import DeliverPolicy
from pydantic import SecretStr
from sqlalchemy import select

from contracts.contacts import (
    ContactErased,
    ContactErasureBegan,
    ContactErasureWaits,
    ContactOptedOut,
    Traces,
)
from contracts.meetings import MeetingRescheduled
from messiah.crm_checks import airtable, hubspot
from messiah.findings import Health
from services.dialer.settings import DialerSettings
from services.runtime.backoff import Backoff
from services.telemetry.domain import delivery as deliveries
from services.telemetry.exports import recalling, sender
from services.telemetry.exports.tables import DeliveryRow
from services.telemetry.settings import TelemetrySettings
from tests.component.telemetry.fake_crms import TOKEN, FakeAirtable, FakeHubSpot, running
from tests.unit.telemetry.sample_call import BEGAN, LEAD, SampleCall


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TICK_S", 0.05)
    monkeypatch.setattr(deliveries, "BACKOFF", Backoff(timedelta(milliseconds=10), timedelta(seconds=1)))


async def statuses(service, count: int) -> dict[str, str]:
    """What has become of deliveries by kind, once there are so many and none is pending."""
    async with asyncio.timeout(20):
        while True:
            async with service.units.reading() as session:
                rows = (await session.scalars(select(DeliveryRow))).all()
            if len(rows) >= count and all(row.status != "pending" for row in rows):
                return {row.kind: row.status for row in rows}
            await asyncio.sleep(0.02)


async def test_a_call_and_its_meeting_stand_on_the_timeline_of_the_contact(start, teller, broker):
    hubspot = FakeHubSpot()
    hubspot.objects["contacts"]["7"] = {"phone": "054-2345678", "firstname": "דנה מהגינה"}
    hubspot.failures += [429, 503]
    call = SampleCall(uuid4())
    async with running(hubspot) as url:
        service = await start(hubspot_token=TOKEN, hubspot_url=url)
        await teller.tell_a_whole_call(call)
        assert await statuses(service, 2) == {"meeting.booked": "sent", "call.logged": "sent"}
        later = call.meeting.start + timedelta(days=1)
        about = call.meeting.model_dump(exclude={"start", "end"}) | {"start": later, "end": later}
        moved = MeetingRescheduled(occurred_at=BEGAN, lead_id=LEAD, previous_start=call.meeting.start, **about)
        await teller.tell(moved, ContactOptedOut(occurred_at=BEGAN, lead_id=LEAD))
        await broker.js.publish(moved.subject, moved.body())
        assert set((await statuses(service, 4)).values()) == {"sent"}
    (logged,) = hubspot.objects["calls"].values()
    (meeting,) = hubspot.objects["meetings"].values()
    contact = hubspot.objects["contacts"]["7"]
    assert list(hubspot.objects["contacts"]) == ["7"]
    assert contact["firstname"] == "דנה מהגינה"
    assert (contact["messiah_last_outcome"], contact["messiah_opted_out"]) == ("meeting_booked", "true")
    assert logged["messiah_call_id"] == str(call.call_id)
    assert (logged["hs_call_status"], logged["hs_call_direction"]) == ("COMPLETED", "OUTBOUND")
    assert meeting["hs_meeting_outcome"] == "RESCHEDULED"
    assert meeting["hs_meeting_start_time"] == later.isoformat()
    assert {(kind, contact) for kind, _, contact in hubspot.associations} == {("calls", "7"), ("meetings", "7")}


async def test_somebody_new_is_made_once_and_a_wrong_token_says_what_to_check(start, teller, monkeypatch):
    hubspot = FakeHubSpot()
    call = SampleCall(uuid4())
    async with running(hubspot) as url:
        service = await start(hubspot_token=TOKEN, hubspot_url=url)
        await teller.tell_a_whole_call(call)
        await statuses(service, 2)
        (contact,) = hubspot.objects["contacts"].values()
        assert contact["messiah_lead_id"] == LEAD
        await service.stop()
        monkeypatch.setattr(deliveries, "GIVE_UP", timedelta())
        wrong = await start(hubspot_token="another", hubspot_url=url)
        await teller.tell(ContactOptedOut(occurred_at=BEGAN, lead_id=LEAD))
        assert (await statuses(wrong, 3))["contact.opted_out"] == "dead"
        async with wrong.units.reading() as session:
            reason = await session.scalar(select(DeliveryRow.reason).where(DeliveryRow.status == "dead"))
    assert "HUBSPOT_TOKEN" in reason
    assert TOKEN not in reason


async def test_finished_calls_are_rows_of_airtable(start, teller):
    airtable = FakeAirtable(failures=[503])
    call = SampleCall(uuid4())
    async with running(airtable) as url:
        base = {"airtable_api_key": TOKEN, "airtable_base_id": "app1", "airtable_api_url": url}
        service = await start(airtable_calls_table="Calls", **base)
        await teller.tell_a_whole_call(call)
        assert await statuses(service, 2) == {"meeting.booked": "sent", "call.logged": "sent"}
        airtable.failures.append(422)
        await teller.tell_a_whole_call(SampleCall(uuid4()))
        await statuses(service, 4)
        async with service.units.reading() as session:
            (refused,) = (await session.scalars(select(DeliveryRow).where(DeliveryRow.status == "dead"))).all()
    (row,) = airtable.rows.values()
    assert row["call_id"] == str(call.call_id)
    assert row["call_status"] == "meeting_booked"
    assert row["scheduled_meeting"] == "2026-11-24T10:00:00+02:00"
    assert refused.attempts == 1
    assert "UNKNOWN_FIELD_NAME" in refused.reason


async def erasure(broker) -> tuple[list[ContactErasureWaits], ContactErased]:
    """What telemetry tells on the way, until it has forgotten the lead of the sample call."""
    news = {"deliver_policy": DeliverPolicy.NEW, "ordered_consumer": True}
    ear = await broker.js.subscribe("contacts.*.*", stream="CONTACTS", **news)
    traces = Traces(lead_ids=(LEAD,), phones=("+972542345678",), call_ids=(uuid4(),))
    now = datetime.now(UTC)
    await broker.tell(ContactErasureBegan(occurred_at=now, lead_id=LEAD, erasure_id=uuid4(), traces=traces))
    waits = []
    while True:
        message = await ear.next_msg(timeout=30)
        if message.subject.endswith(".erasure_waits"):
            waits.append(ContactErasureWaits.model_validate_json(message.data))
        if message.subject.endswith(".erased"):
            return waits, ContactErased.model_validate_json(message.data)


@pytest.mark.parametrize("sent", [8, 1])  # of eight pieces of news: all of them, or others are on their way still
async def test_what_crms_were_told_of_somebody_is_taken_back(start, teller, broker, monkeypatch, sent):
    monkeypatch.setattr(recalling, "FOUND_AFTER", timedelta())
    hubspot, airtable = FakeHubSpot(), FakeAirtable()
    hubspot.objects["contacts"] |= {"7": {"phone": "054-2345678"}, "8": {"phone": "054-2345679"}}
    hubspot.objects["calls"]["9"] = {"messiah_call_id": "of somebody else"}
    airtable.rows["rec9"] = {"call_id": "of somebody else", "lead_id": "other"}
    async with running(hubspot) as url, running(airtable) as airtable_url:
        base = {"airtable_api_key": TOKEN, "airtable_base_id": "app1", "airtable_api_url": airtable_url}
        service = await start(hubspot_token=TOKEN, hubspot_url=url, airtable_calls_table="Calls", **base)
        for began in (BEGAN, BEGAN + timedelta(hours=1)):
            await teller.tell_a_whole_call(SampleCall(uuid4(), began))
        await statuses(service, sent)
        hubspot.failures.append(503)
        waits, erased = await erasure(broker)
    pending = [copy for each in waits for copy in each.copies if copy.state == "pending"]
    if sent == 8:
        assert any(each.holder == "hubspot" and "503" in each.reason for each in pending)
        gone: Counter[tuple[str, str]] = Counter()
        for copy in [copy for each in (*waits, erased) for copy in each.copies if copy.state == "deleted"]:
            gone[copy.holder, copy.what] += copy.count
        assert +gone == {
            ("airtable", "rows"): 2,
            ("hubspot", "calls"): 2,
            ("hubspot", "contacts"): 1,
            ("hubspot", "meetings"): 2,
        }
    assert erased.remarks == ()
    assert list(hubspot.objects["contacts"]) == ["8"]
    assert (list(hubspot.objects["calls"]), hubspot.objects["meetings"]) == (["9"], {})
    assert list(airtable.rows) == ["rec9"]


async def test_a_crm_that_will_not_delete_or_is_not_to_is_named(start, teller, broker, monkeypatch):
    monkeypatch.setattr(recalling, "GIVE_UP", timedelta())
    hubspot = FakeHubSpot()
    async with running(hubspot) as url:
        service = await start(hubspot_token="another", hubspot_url=url)
        _, refused = await erasure(broker)
        await service.stop()
        await start(hubspot_token=TOKEN, hubspot_url=url, erase_in_crms="report")
        _, left = await erasure(broker)
    ((failed,), (reported,)) = (refused.copies, left.copies)
    assert (failed.state, "HUBSPOT_TOKEN" in failed.reason) == ("failed", True)
    assert (reported.state, "ERASE_IN_CRMS" in reported.reason) == ("left", True)


async def test_the_doctor_tells_whether_keys_open_what_they_are_for():
    async with running(FakeHubSpot()) as url, aiohttp.ClientSession() as session:
        right, wrong = (TelemetrySettings(hubspot_token=SecretStr(each), hubspot_url=url) for each in (TOKEN, "x"))
        assert (await hubspot(right, session)).health is Health.GOOD
        refused = await hubspot(wrong, session)
        assert (refused.health, "401" in refused.detail, "HUBSPOT_TOKEN" in refused.remedy) == (
            Health.BROKEN,
            True,
            True,
        )
        assert (await hubspot(TelemetrySettings(), session)).health is Health.ABSENT
    async with running(FakeAirtable()) as url, aiohttp.ClientSession() as session:
        base = {"airtable_api_key": SecretStr(TOKEN), "airtable_base_id": "app1", "airtable_api_url": url}
        calls = TelemetrySettings(airtable_calls_table="Calls", **base)
        found = await airtable(DialerSettings(airtable_table="My leads", **base), calls, session)
        assert [each.health for each in found] == [Health.BROKEN, Health.GOOD]
        assert "AIRTABLE_TABLE" in found[0].remedy
        (absent,) = await airtable(DialerSettings(), TelemetrySettings(), session)
        assert absent.health is Health.ABSENT

"""The whole scheduler with a calendar: what is booked over the broker is an event, and a deleted event is a fact."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest

from contracts.event import kind_of
from contracts.meetings import MeetingCancelled
from contracts.requests import BookByHand, Booked, FindSlots, SlotsFound, parse_reply
from contracts.values import LeadFacts
from messiah import calendar_checks
from messiah.findings import Health
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.scheduler.domain.calendar_task import TaskStatus
from services.scheduler.settings import SchedulerSettings
from services.scheduler.store import SqlLedger
from tests.component.scheduler.calendars.office import HOURS
from tests.integration.radicale import PASSWORD, Person

FILE = """\
representatives:
  - id: noa
    name: נועה
    email: noa@example.com
    hours: {{sunday: 09:00-17:00, monday: 09:00-17:00, tuesday: 09:00-17:00, wednesday: 09:00-17:00}}
    calendar: {{kind: caldav, url: "{url}", username: noa, password_env: CALENDAR_NOA}}
"""
Ask = Callable[[str, str, object], Awaitable[tuple[int, object]]]


@pytest.fixture
def settings(settings: SchedulerSettings, noa: Person, tmp_path: Path, monkeypatch) -> SchedulerSettings:
    file = tmp_path / "team.yaml"
    file.write_text(FILE.format(url=noa.url), encoding="utf-8")
    monkeypatch.setenv("CALENDAR_NOA", PASSWORD)
    changes = {"representatives_file": file, "calendar_tick_s": 0.05, "calendar_watch_s": 1, "calendar_deadline_s": 10}
    return settings.model_copy(update=changes)


@pytest.fixture
async def api(start) -> AsyncIterator[Ask]:
    listener = listen("127.0.0.1", 0)
    app = build_app([await start()])
    async with serving(app, listener), aiohttp.ClientSession(url_of(listener)) as session:

        async def ask(method: str, path: str, body: object = None) -> tuple[int, object]:
            async with session.request(method, path, json=body) as reply:
                return reply.status, await reply.json()

        yield ask


async def _until(true: Callable[[], bool]) -> None:
    """A calendar tells nobody when it changes: it is asked until it has."""
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.05)


async def _is_entered(ledger: SqlLedger, meeting_id: UUID) -> bool:
    async with ledger.begin() as transaction:
        task = await transaction.calendar_task(meeting_id, "noa")
    return task is not None and task.status is TaskStatus.DONE


async def test_from_the_broker_to_the_calendar_and_back(start, broker, noa):
    ledger = SqlLedger((await start()).units)

    async def ask(request):
        return parse_reply(await broker.ask(request.subject, request.model_dump_json().encode(), 20))

    found = await ask(FindSlots())
    assert isinstance(found, SlotsFound)
    slot = found.slots[0]
    booked = await ask(BookByHand(slot_id=slot.slot_id, lead=LeadFacts(name="דנה"), lead_id="dana"))
    assert isinstance(booked, Booked)
    await _until(lambda: noa.at() == [slot.start])
    async with asyncio.timeout(30):  # what is deleted before we know that it was entered is entered again
        while not await _is_entered(ledger, booked.meeting.meeting_id):
            await asyncio.sleep(0.05)
    subscription = await broker.js.subscribe("meetings.*.cancelled", stream="MEETINGS", ordered_consumer=True)
    await asyncio.to_thread(noa.remove, booked.meeting.meeting_id)
    message = await subscription.next_msg(timeout=30)
    fact = kind_of(message.subject).model_validate_json(message.data)
    assert isinstance(fact, MeetingCancelled)
    assert (fact.meeting_id, fact.reason) == (booked.meeting.meeting_id, "deleted in the calendar of נועה")
    await subscription.unsubscribe()


async def test_the_api_shows_calendars_and_what_they_were_told(api, noa):
    _, slots = await api("GET", "/slots")
    body = {"slot_id": slots[0]["slot_id"], "lead": {"name": "דנה"}, "lead_id": "dana"}
    status, meeting = await api("POST", "/meetings", body)
    assert status == 201
    await _until(lambda: len(noa.at()) == 1)
    path = f"/calendars/tasks?meeting_id={meeting['meeting_id']}"
    async with asyncio.timeout(30):
        while (await api("GET", path))[1][0]["status"] != "done":
            await asyncio.sleep(0.05)
    _, (calendar,) = await api("GET", "/calendars")
    assert (calendar["representative_id"], calendar["kind"], calendar["problem"]) == ("noa", "caldav", None)
    assert (calendar["pending"], calendar["failed"]) == (0, 0)
    status, problem = await api("POST", f"/calendars/tasks/{meeting['meeting_id']}/retry")
    assert status == 404, "it has not failed"
    assert "GET /calendars/tasks" in problem["detail"]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"password_env": "MESSIAH_API_TOKEN"}, "calendar", "begins with CALENDAR_"),
        ({"password_env": "CALENDAR_NOBODY"}, "calendar.password_env", "the environment has no CALENDAR_NOBODY"),
        ({"url": "http://dav.example/"}, "calendar.url", "in the open"),
    ],
)
async def test_over_the_api_only_secrets_made_for_calendars_can_be_named(api, noa, change, field, words):
    access = {"kind": "caldav", "url": noa.url, "username": "noa", "password_env": "CALENDAR_NOA"}
    profile = {"name": "רות", "email": "ruth@example.com", "hours": HOURS}
    status, problem = await api("PUT", "/representatives/ruth", profile | {"calendar": access | change})
    assert (status, problem["field"]) == (422, field)
    assert words in problem["detail"]
    status, stored = await api("PUT", "/representatives/ruth", profile | {"calendar": access})
    assert (status, stored["calendar"]["password_env"]) == (200, "CALENDAR_NOA")


async def test_doctor_asks_every_calendar(settings, noa, monkeypatch):
    (found,) = await calendar_checks.calendars(settings)
    assert (found.what, found.health) == ("calendar of noa", Health.GOOD)
    monkeypatch.setenv("CALENDAR_NOA", "wrong")
    (found,) = await calendar_checks.calendars(settings)
    assert (found.health, "does not accept the password" in found.detail) == (Health.BROKEN, True)
    monkeypatch.delenv("CALENDAR_NOA")
    (found,) = await calendar_checks.calendars(settings)
    assert (found.what, found.health) == ("representatives", Health.BROKEN)


async def test_a_failed_task_is_tried_again_when_somebody_asks(start, noa):
    service = await start()
    listener = listen("127.0.0.1", 0)
    async with serving(build_app([service]), listener), aiohttp.ClientSession(url_of(listener)) as session:
        async with session.get("/slots") as reply:
            (slot, *_) = await reply.json()
        body = {"slot_id": slot["slot_id"], "lead": {"name": "דנה"}, "lead_id": "dana"}
        async with session.post("/meetings", json=body) as reply:
            meeting_id = UUID((await reply.json())["meeting_id"])
        await _until(lambda: len(noa.at()) == 1)
        await asyncio.to_thread(noa.server.client().delete, f"{noa.url}{meeting_id}.ics")
        assert service.units is not None
        ledger = SqlLedger(service.units)
        async with ledger.begin() as transaction:
            task = await transaction.calendar_task(meeting_id, "noa")
            assert task is not None
            failed = task.again(task.created_at).claimed(task.created_at).refused("full", task.give_up_at)
            await transaction.put_calendar_task(failed)
        async with session.get("/calendars") as reply:
            assert [each["failed"] for each in await reply.json()] == [1]
        async with session.post(f"/calendars/tasks/{meeting_id}/retry") as reply:
            assert (reply.status, [each["status"] for each in await reply.json()]) == (202, ["pending"])
        await _until(lambda: len(noa.at()) == 1)

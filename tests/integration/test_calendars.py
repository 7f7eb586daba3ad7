"""What any calendar must do: the same questions to a real CalDAV server and to Google's documented wire."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import icalendar
import pytest

from services.runtime.errors import Unavailable
from services.scheduler.calendars.caldav import CalDavCalendar
from services.scheduler.calendars.google import GoogleCalendar
from services.scheduler.calendars.google_account import GoogleAccount, read_credentials
from services.scheduler.calendars.google_wire import GoogleWire
from services.scheduler.domain.calendar import CalDavAccess, GoogleAccess
from services.scheduler.domain.invitation import Entry
from services.scheduler.domain.sighting import Sighting
from services.scheduler.ports import Calendar
from tests.integration.google_calendar import Google, google_calendar
from tests.integration.radicale import PASSWORD, USER, Person, Radicale
from tests.unit.scheduler.sample_meeting import START, meeting

ISRAEL = ZoneInfo("Asia/Jerusalem")
HOUR = timedelta(hours=1)
LENGTH = timedelta(minutes=20)


def google_of(google: Google, calendar_id: str = "noa@example.com", credentials: str = "") -> GoogleCalendar:
    access = GoogleAccess(kind="google", calendar_id=calendar_id, credentials_env="CALENDAR_NOA")
    account = GoogleAccount(read_credentials(credentials or google.user), None, "CALENDAR_NOA")
    return GoogleCalendar(access, GoogleWire(account, google.url, backoff_s=0.001))


def caldav_of(url: str, password: str = PASSWORD) -> CalDavCalendar:
    access = CalDavAccess(kind="caldav", url=url, username=USER, password_env="CALENDAR_NOA")
    return CalDavCalendar(access, password, ISRAEL)


@dataclass
class GoogleUser:
    """Does with a Google calendar what a person does with theirs."""

    google: Google

    def add(self, start: datetime, end: datetime, **properties: str) -> str:
        event = {"id": uuid4().hex, "status": "confirmed", "sequence": 0}
        event |= {name: value.lower() for name, value in properties.items() if name == "status"}
        event |= {"transparency": "transparent"} if "transp" in properties else {}
        return str(self.google.note(event | _at(start, end))["id"])

    def move(self, uid: UUID, start: datetime, end: datetime) -> None:
        self.google.note(self.google.events[uid.hex] | _at(start, end))

    def remove(self, uid: UUID) -> None:
        self.google.note({"id": uid.hex, "status": "cancelled", "sequence": 9})

    def at(self) -> list[datetime]:
        shown = [each for each in self.google.events.values() if each["status"] != "cancelled"]
        return sorted(datetime.fromisoformat(each["start"]["dateTime"]) for each in shown)


def _at(start: datetime, end: datetime) -> dict[str, object]:
    return {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": end.isoformat()}}


@dataclass
class Both:
    """A calendar behind our port, and the person whose it is."""

    calendar: Calendar
    person: Person | GoogleUser


@pytest.fixture(params=["caldav", "google"])
async def both(request: pytest.FixtureRequest, caldav_server: Radicale) -> AsyncIterator[Both]:
    if request.param == "caldav":
        person = caldav_server.make()
        made = Both(caldav_of(person.url), person)
        yield made
        await made.calendar.close()
        return
    async with google_calendar() as google:
        made = Both(google_of(google), GoogleUser(google))
        yield made
        await made.calendar.close()


def entry(start: datetime = START, **changes) -> Entry:
    return Entry(meeting(start=start, end=start + LENGTH, **changes), "פגישה עם דנה", "טלפון: 054", "זום", None)


async def test_an_event_is_there_once_however_often_it_is_written(both):
    for _ in range(3):
        await both.calendar.put(entry())
    assert both.person.at() == [START]


async def test_an_event_moves_with_its_meeting_and_goes_with_it(both):
    await both.calendar.put(entry())
    await both.calendar.put(entry(START + HOUR, sequence=1))
    assert both.person.at() == [START + HOUR]
    meeting_id = entry().meeting.meeting_id
    await both.calendar.delete(meeting_id)
    await both.calendar.delete(meeting_id)
    assert both.person.at() == []


async def test_an_event_that_was_deleted_comes_back_when_it_is_wanted_again(both):
    await both.calendar.put(entry())
    await both.calendar.delete(entry().meeting.meeting_id)
    await both.calendar.put(entry(START + HOUR, sequence=2))
    assert both.person.at() == [START + HOUR]


async def test_ours_wins_over_what_a_person_did_to_the_event_meanwhile(both):
    await both.calendar.put(entry())
    both.person.move(entry().meeting.meeting_id, START + 2 * HOUR, START + 3 * HOUR)
    await both.calendar.put(entry(START + HOUR, sequence=1))
    assert both.person.at() == [START + HOUR]


async def test_busy_time_is_what_takes_time(both):
    both.person.add(START, START + HOUR)
    both.person.add(START + HOUR * 3, START + HOUR * 4, transp="TRANSPARENT")
    both.person.add(START + HOUR * 5, START + HOUR * 6, status="CANCELLED")
    both.person.add(START + HOUR * 7, START + HOUR * 8, status="TENTATIVE")
    await both.calendar.put(entry(START + HOUR * 10))
    assert await both.calendar.busy(START - HOUR, START + HOUR * 24) == [
        (START, START + HOUR),
        (START + HOUR * 7, START + HOUR * 8),
        (START + HOUR * 10, START + HOUR * 10 + LENGTH),
    ]


async def test_busy_time_is_told_for_a_whole_year(both):
    later = START + timedelta(days=300)
    both.person.add(later, later + HOUR)
    assert await both.calendar.busy(START, START + timedelta(days=365)) == [(later, later + HOUR)]


async def test_what_a_person_does_to_an_event_is_seen_once(both):
    await both.calendar.put(entry())
    known = [entry().meeting.meeting_id]
    first = await both.calendar.changes(None, known)
    assert [(each.start, each.end) for each in first.sightings] == [(START, START + LENGTH)]
    assert first.cursor is not None
    both.person.add(START, START + HOUR)
    both.person.move(known[0], START + HOUR, START + HOUR + LENGTH)
    second = await both.calendar.changes(first.cursor, known)
    assert [(each.start, each.end) for each in second.sightings] == [(START + HOUR, START + HOUR + LENGTH)]
    both.person.remove(known[0])
    third = await both.calendar.changes(second.cursor, known)
    assert [each.gone for each in third.sightings] == [True]
    assert (await both.calendar.changes(third.cursor, known)).sightings == ()


async def test_a_look_without_a_cursor_sees_everything_that_is_known_and_what_is_not_there(both):
    other = uuid4()
    await both.calendar.put(entry())
    await both.calendar.put(entry(START + HOUR, meeting_id=other))
    missing = uuid4()
    seen = await both.calendar.changes(None, [entry().meeting.meeting_id, other, missing])
    assert {each.meeting_id: each.start for each in seen.sightings} == {
        entry().meeting.meeting_id: START,
        other: START + HOUR,
        missing: None,
    }


async def test_events_of_strangers_are_no_sightings(both):
    first = await both.calendar.changes(None, [])
    both.person.add(START, START + HOUR)
    assert (await both.calendar.changes(first.cursor, [uuid4()])).sightings == ()


async def test_caldav_a_cursor_the_server_has_forgotten_is_replaced(caldav_server):
    person = caldav_server.make()
    calendar = caldav_of(person.url)
    await calendar.put(entry())
    known = [entry().meeting.meeting_id]
    seen = await calendar.changes("http://radicale.org/ns/sync/" + "0" * 64, known)
    assert [each.start for each in seen.sightings] == [START]
    assert (await calendar.changes(seen.cursor, known)).sightings == ()
    await calendar.close()


async def test_caldav_an_invitation_that_was_entered_by_a_mail_program_becomes_the_event(caldav_server):
    person = caldav_server.make()
    calendar = caldav_of(person.url)
    meeting_id = entry().meeting.meeting_id
    with caldav_server.client() as client:
        event = "BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261124T083000Z\r\nEND:VEVENT\r\n"
        text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event % meeting_id}END:VCALENDAR\r\n"
        assert client.put(f"{person.url}imported.ics", text, {"Content-Type": "text/calendar"}).status == 201
    await calendar.put(entry())
    (shown,) = person.events()
    assert shown["summary"] == "פגישה עם דנה"
    seen = await calendar.changes(None, [meeting_id])
    person.move(meeting_id, START + HOUR, START + 2 * HOUR)
    seen = await calendar.changes(seen.cursor, [meeting_id])
    assert [each.start for each in seen.sightings] == [START + HOUR]
    person.remove(meeting_id)
    assert [each.gone for each in (await calendar.changes(seen.cursor, [meeting_id])).sightings] == [True]
    await calendar.put(entry())
    await calendar.delete(meeting_id)
    assert person.events() == []
    await calendar.close()


async def test_caldav_repeated_events_whole_days_and_the_change_of_the_clocks(caldav_server):
    person = caldav_server.make()
    calendar = caldav_of(person.url)
    person.repeat("20261019T100000", "20261019T110000", "FREQ=DAILY;COUNT=20")
    day = "BEGIN:VEVENT\r\nUID:day\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261025\r\nEND:VEVENT\r\n"
    person.put("day.ics", day, {})
    wall = [
        tuple(f"{each.astimezone(ISRAEL):%d %H:%M}" for each in span)
        for span in await calendar.busy(datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, 23, tzinfo=UTC))
    ]
    assert wall == [
        ("24 10:00", "24 11:00"),
        ("25 00:00", "26 00:00"),
        ("25 10:00", "25 11:00"),
        ("26 10:00", "26 11:00"),
    ]
    await calendar.close()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda event: event.update({"RRULE": icalendar.vRecur.from_ical("FREQ=DAILY")}), "once"),
        (lambda event: event.add("rdate", datetime(2026, 12, 1, 8, tzinfo=UTC)), "once"),
    ],
    ids=["rule", "dates"],
)
async def test_caldav_an_event_made_into_something_else_is_told_as_such(
    caldav_server, change: Callable[[icalendar.Event], None], why
):
    person = caldav_server.make()
    calendar = caldav_of(person.url)
    await calendar.put(entry())
    meeting_id = entry().meeting.meeting_id
    with caldav_server.client() as client:
        found = client.calendar(url=person.url).event_by_uid(str(meeting_id))
        change(found.icalendar_component)
        client.put(str(found.url), found.icalendar_instance.to_ical().decode(), {"Content-Type": "text/calendar"})
    (seen,) = (await calendar.changes(None, [meeting_id])).sightings
    assert why in (seen.impossible or "")
    assert not seen.gone
    await calendar.close()


async def test_caldav_a_whole_day_is_no_meeting_and_a_cancelled_event_is_gone(caldav_server):
    person = caldav_server.make()
    calendar = caldav_of(person.url)
    await calendar.put(entry())
    meeting_id = entry().meeting.meeting_id
    person.move(meeting_id, date(2026, 11, 25), date(2026, 11, 26))
    (seen,) = (await calendar.changes(None, [meeting_id])).sightings
    assert "whole days" in (seen.impossible or "")
    person.put(f"{meeting_id}.ics", f"BEGIN:VEVENT\r\nUID:{meeting_id}\r\nDTSTAMP:20260101T000000Z\r\n"
                "DTSTART:20261124T083000Z\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n", {})  # fmt: skip
    assert (await calendar.changes(None, [meeting_id])).sightings == (Sighting(meeting_id),)
    await calendar.close()


async def test_caldav_refusals_name_the_cure(caldav_server):
    person = caldav_server.make()
    for calendar, words in (
        (caldav_of(person.url, "wrong"), "CALENDAR_NOA"),
        (caldav_of(f"{person.url}nowhere/"), "is not there"),
    ):
        for work in (calendar.busy(START, START + HOUR), calendar.changes(None, [])):
            with pytest.raises(Unavailable, match=words):
                await work
        with pytest.raises(Unavailable):
            await calendar.put(entry())
        await calendar.close()


async def test_google_a_token_that_expires_is_replaced_and_one_serves_many_requests():
    async with google_calendar() as google:
        calendar = google_of(google)
        await calendar.put(entry())
        await calendar.busy(START, START + HOUR)
        assert len(google.grants) == 1
        google.tokens.clear()
        assert len(await calendar.busy(START, START + HOUR)) == 1
        assert len(google.grants) == 2
        await calendar.close()


@pytest.mark.parametrize(
    "fault",
    [
        (403, "rateLimitExceeded"),
        (403, "userRateLimitExceeded"),
        (429, "rateLimitExceeded"),
        (500, "internalError"),
        (503, "x"),
    ],
    ids=str,
)
async def test_google_is_asked_again_when_it_says_slow_down(fault):
    async with google_calendar() as google:
        google.faults.extend([fault] * 3)
        calendar = google_of(google)
        await calendar.put(entry())
        assert GoogleUser(google).at() == [START]
        await calendar.close()


@pytest.mark.parametrize("fault", [(403, "forbidden"), (400, "invalid")], ids=str)
async def test_google_is_not_asked_again_when_it_says_no(fault):
    async with google_calendar() as google:
        google.faults.append(fault)
        calendar = google_of(google)
        with pytest.raises(Unavailable, match=fault[1]):
            await calendar.put(entry())
        assert len(google.asked) == 1
        await calendar.close()


async def test_google_a_lost_answer_makes_no_second_event():
    async with google_calendar() as google:
        google.faults.append("lost")
        calendar = google_of(google)
        await calendar.put(entry())
        assert GoogleUser(google).at() == [START]
        assert not [each for each in google.asked if each.startswith("PUT")], "it was there already as we wanted it"
        await calendar.close()


async def test_google_an_expired_sync_token_leads_to_a_full_look():
    async with google_calendar() as google:
        calendar = google_of(google)
        await calendar.put(entry())
        known = [entry().meeting.meeting_id]
        first = await calendar.changes(None, known)
        google.forgotten = 1_000
        seen = await calendar.changes(first.cursor, known)
        assert [each.start for each in seen.sightings] == [START]
        assert seen.cursor == first.cursor, "nothing has changed"
        await calendar.close()


async def test_google_says_whom_a_calendar_must_be_shared_with_or_what_to_check():
    async with google_calendar() as google:
        calendar = google_of(google, "yoav@example.com")
        with pytest.raises(Unavailable, match="notFound; check calendar_id and CALENDAR_NOA"):
            await calendar.busy(START, START + HOUR)
        await calendar.close()
        revoked = google.user.replace("1//refresh", "1//revoked")
        calendar = google_of(google, credentials=revoked)
        with pytest.raises(Unavailable, match=r"invalid_grant.*renew the credentials in CALENDAR_NOA"):
            await calendar.busy(START, START + HOUR)
        await calendar.close()


async def test_google_what_we_wrote_before_our_last_change_is_known_to_be_old():
    async with google_calendar() as google:
        calendar = google_of(google)
        await calendar.put(entry(sequence=3))
        (seen,) = (await calendar.changes(None, [entry().meeting.meeting_id])).sightings
        assert seen.older_than(4)
        assert not replace(seen, sequence=4).older_than(4)
        await calendar.close()

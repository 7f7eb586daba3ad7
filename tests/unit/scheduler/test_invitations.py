"""Invitations and feeds, read by a strict reader of our own, by the icalendar library and by vobject."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject

from services.runtime.clock import ISRAEL
from services.scheduler.domain.invitation import Entry, Party, feed, invitation
from services.scheduler.domain.letter import Audience
from services.scheduler.domain.meeting import MeetingStatus
from services.scheduler.wording.about import About
from tests.unit.scheduler.icalendar_lines import read, unescaped
from tests.unit.scheduler.sample_meeting import BOOKED_AT, START, meeting

ORGANIZER = Party("אלטה: פגישות", "meetings@alta.example")
ATTENDEES = [Party('דנה "ד" כהן; ראש\r\nצוות', "dana@ornat.example"), Party("נועה לביא", "noa@example.com")]


def _invitation(method="REQUEST", **changes) -> bytes:
    about = About(
        meeting(**changes), Audience.REPRESENTATIVE, "he", location="זום", meeting_url="https://zoom.example/j/1"
    )
    return invitation(method, about.entry("https://meet.example/m/token"), ORGANIZER, ATTENDEES, BOOKED_AT)


def test_an_invitation_says_who_meets_when_and_where():
    calendar = read(_invitation())
    assert calendar.value("METHOD") == "REQUEST"
    (event,) = calendar.named("VEVENT")
    assert event.value("UID") == "0198c5a0-0000-7000-8000-000000000001"
    assert event.value("SEQUENCE") == "0"
    assert event.value("STATUS") == "CONFIRMED"
    assert event.value("DTSTART") == "20261124T103000"
    assert event.value("DTEND") == "20261124T105000"
    assert event.value("URL") == "https://zoom.example/j/1"
    assert unescaped(event.value("LOCATION")) == "זום"
    assert unescaped(event.value("SUMMARY")) == "פגישה עם דנה כהן (אורנט, ייבוא; ושיווק בע״מ)"
    described = unescaped(event.value("DESCRIPTION"))
    assert "טלפון: +972542345678" in described
    assert 'אתגרים: לידים "קרים" ואין מעקב' in described
    assert "https://meet.example/m/token#cancel" in described
    (alarm,) = event.named("VALARM")
    assert (alarm.value("ACTION"), alarm.value("TRIGGER")) == ("DISPLAY", "-PT15M")


def test_organizer_and_attendees_are_addresses_with_harmless_names():
    (event,) = read(_invitation()).named("VEVENT")
    people = {value: parameters for name, parameters, value in event.properties if name in ("ORGANIZER", "ATTENDEE")}
    assert set(people) == {"mailto:meetings@alta.example", "mailto:dana@ornat.example", "mailto:noa@example.com"}
    assert people["mailto:meetings@alta.example"]["CN"] == "אלטה: פגישות"
    assert people["mailto:dana@ornat.example"]["CN"] == "דנה 'ד' כהן; ראש צוות"
    assert people["mailto:noa@example.com"]["ROLE"] == "REQ-PARTICIPANT"


def test_a_cancellation_carries_the_same_uid_and_a_higher_sequence():
    calendar = read(_invitation("CANCEL", sequence=3))
    (event,) = calendar.named("VEVENT")
    assert calendar.value("METHOD") == "CANCEL"
    assert (event.value("STATUS"), event.value("SEQUENCE")) == ("CANCELLED", "3")
    assert event.value("UID") == "0198c5a0-0000-7000-8000-000000000001"
    assert not event.named("VALARM")


@pytest.mark.parametrize("start", [START, datetime(2027, 7, 1, 7, 0, tzinfo=UTC)], ids=["winter", "summer"])
def test_another_parser_reads_the_same_moment(start):
    parsed = icalendar.Calendar.from_ical(_invitation(start=start, end=start + timedelta(minutes=20)))
    (event,) = parsed.walk("VEVENT")
    assert event.decoded("dtstart") == start
    assert event.decoded("dtend") == start + timedelta(minutes=20)


_AROUND_CHANGES = [
    datetime(year, month, day, hour, tzinfo=UTC) + timedelta(days=later)
    for year, month, day in ((2026, 10, 25), (2027, 3, 26), (2027, 10, 31), (2028, 3, 24), (2028, 10, 29))
    for later in (-1, 0, 1)
    for hour in (6, 15)
]


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_a_parser_that_knows_only_what_the_file_says_reads_the_same_moments(method):
    """vobject, which Radicale reads calendars with, takes the offsets from the VTIMEZONE that is sent along."""
    for start in (START, *_AROUND_CHANGES):
        end = start + timedelta(minutes=20)
        calendar = vobject.readOne(_invitation(method, start=start, end=end, sequence=2).decode())
        event = calendar.vevent
        assert (calendar.method.value, event.sequence.value) == (method, "2")
        assert calendar.vtimezone.tzid.value == "Asia/Jerusalem"
        assert event.dtstart.params["X-VOBJ-ORIGINAL-TZID"] == ["Asia/Jerusalem"]
        assert (event.dtstart.value, event.dtend.value) == (start, end), start
        assert event.dtstart.value.utcoffset() == start.astimezone(ISRAEL).utcoffset()
        assert event.summary.value == "פגישה עם דנה כהן (אורנט, ייבוא; ושיווק בע״מ)"
        assert 'אתגרים: לידים "קרים" ואין מעקב' in event.description.value
        assert event.organizer.params["CN"] == ["אלטה: פגישות"]
        assert [each.value for each in event.attendee_list] == ["mailto:dana@ornat.example", "mailto:noa@example.com"]


def test_the_time_zone_agrees_with_the_database_over_many_years():
    """Read by hand: the offset in force at a moment is that of the last onset before it."""
    (zone,) = read(_invitation()).named("VTIMEZONE")
    parsed = icalendar.Timezone.from_ical(_zone_text(_invitation()))
    ours = parsed.to_tz(lookup_tzid=False)
    moment = datetime(2014, 1, 1, tzinfo=UTC)
    while moment < datetime(2036, 1, 1, tzinfo=UTC):
        assert moment.astimezone(ours).utcoffset() == moment.astimezone(ISRAEL).utcoffset(), moment
        moment += timedelta(hours=31)
    for observance, rule in (("STANDARD", "BYMONTH=10"), ("DAYLIGHT", "BYMONTH=3")):
        (found,) = zone.named(observance)
        assert rule in found.value("RRULE")


@pytest.mark.parametrize("year", range(2014, 2037))
def test_the_clocks_change_on_the_days_the_rules_say(year):
    """Independent of any calendar library: the last Sunday of October, the Friday before the last of March."""
    october = max(
        datetime(year, 10, day, 12, tzinfo=ISRAEL)
        for day in range(25, 32)
        if datetime(year, 10, day, tzinfo=UTC).weekday() == 6
    )
    march = next(
        datetime(year, 3, day, 12, tzinfo=ISRAEL)
        for day in range(23, 30)
        if datetime(year, 3, day, tzinfo=UTC).weekday() == 4
    )
    day = timedelta(days=1)
    assert ((march - day).utcoffset(), march.utcoffset()) == (timedelta(hours=2), timedelta(hours=3))
    assert ((october - day).utcoffset(), october.utcoffset()) == (timedelta(hours=3), timedelta(hours=2))


def test_a_feed_shows_cancelled_meetings_as_such_and_is_the_same_for_the_same_meetings():
    gone = meeting(status=MeetingStatus.CANCELLED, sequence=1, changed_at=BOOKED_AT + timedelta(hours=1))
    entries = [Entry(meeting(), "פגישה", "שורה"), Entry(gone, "פגישה", "שורה")]
    body = feed("פגישות: נועה", entries)
    assert body == feed("פגישות: נועה", entries)
    calendar = read(body)
    assert calendar.value("METHOD") == "PUBLISH"
    assert unescaped(calendar.value("X-WR-CALNAME")) == "פגישות: נועה"
    assert [each.value("STATUS") for each in calendar.named("VEVENT")] == ["CONFIRMED", "CANCELLED"]
    assert calendar.named("VEVENT")[1].value("LAST-MODIFIED") == "20261122T090000Z"
    read(feed("ריק", []))


def test_a_representative_elsewhere_reads_local_time():
    about = About(meeting(time_zone="Europe/London"), Audience.REPRESENTATIVE, "en")
    assert about.start.tzinfo == ZoneInfo("Europe/London")
    assert about.rows[0].text == "Tuesday, 24 November 2026 at 08:30 (Europe/London)"


def _zone_text(body: bytes) -> bytes:
    start, end = body.index(b"BEGIN:VTIMEZONE"), body.index(b"END:VTIMEZONE")
    return body[start : end + len(b"END:VTIMEZONE\r\n")]

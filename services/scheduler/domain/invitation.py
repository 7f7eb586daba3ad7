"""Meetings as calendar programs read them: RFC 5545, folded and escaped, times by Israel's clocks.

An invitation asks for one meeting to be entered, moved or taken out (iTIP); a feed shows all of one person's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress, vDuration

from services.runtime.clock import ISRAEL
from services.scheduler.domain.meeting import Meeting, MeetingStatus

PRODUCT = "-//Agent Messiah//Scheduler//HE"
ALARM = timedelta(minutes=15)
"""How long before the meeting a calendar reminds of it."""
REFRESH = timedelta(minutes=15)
"""How often a calendar should look at a feed."""

# Since 2013: from the Friday before the last Sunday of March at two to the last Sunday of October at two. A test
# compares it with the time zone database, year by year.
_TIME_ZONE = b"""BEGIN:VTIMEZONE
TZID:Asia/Jerusalem
BEGIN:STANDARD
DTSTART:20131027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:IST
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20130329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR
TZNAME:IDT
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
END:DAYLIGHT
END:VTIMEZONE
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting in a calendar, in words: what it is called, what is to be known of it, and where it is."""

    meeting: Meeting
    summary: str
    description: str
    location: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody named in an invitation."""

    name: str
    address: str


def invitation(
    method: Literal["REQUEST", "CANCEL"], entry: Entry, organizer: Party, attendees: Iterable[Party], now: datetime
) -> bytes:
    """One meeting to be entered or, with CANCEL, taken out. `now` is when it was written: its DTSTAMP."""
    event = _event(entry, now)
    event["status"] = "CANCELLED" if method == "CANCEL" else "CONFIRMED"
    event.add("organizer", _address(organizer))
    for attendee in attendees:
        address = _address(attendee)
        address.params |= {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT"}
        address.params |= {"PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
        event.add("attendee", address)
    if method == "REQUEST":
        event.add_component(_alarm(entry))
    return bytes(_calendar(method, [event]).to_ical())


def event_file(entry: Entry) -> bytes:
    """One meeting as a calendar keeps it: no invitation, so it names nobody and asks for nothing."""
    return bytes(_calendar(None, [_event(entry, _changed_at(entry.meeting))]).to_ical())


def feed(name: str, entries: Iterable[Entry]) -> bytes:
    """All of somebody's meetings, cancelled ones too. The same meetings give the same bytes."""
    calendar = _calendar("PUBLISH", [_event(each, _changed_at(each.meeting)) for each in entries])
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    return bytes(calendar.to_ical())


def _calendar(method: str | None, events: Iterable[Event]) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    if method is not None:
        calendar.add("method", method)
    calendar.add_component(Timezone.from_ical(_TIME_ZONE))
    for event in events:
        calendar.add_component(event)
    return calendar


def _event(entry: Entry, stamp: datetime) -> Event:
    meeting = entry.meeting
    event = Event()
    event.add("uid", str(meeting.meeting_id))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", stamp)
    event.add("created", meeting.booked_at)
    event.add("last-modified", _changed_at(meeting))
    event.add("dtstart", meeting.start.astimezone(ISRAEL))
    event.add("dtend", meeting.end.astimezone(ISRAEL))
    event.add("status", "CANCELLED" if meeting.status is MeetingStatus.CANCELLED else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if meeting.status is MeetingStatus.CANCELLED else "OPAQUE")
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    if location := entry.location or entry.url:
        event.add("location", location)
    if entry.url:
        event.add("url", entry.url)
    return event


def _alarm(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -ALARM)
    alarm.add("description", entry.summary)
    return alarm


def _address(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.address}")
    if name := " ".join(party.name.split()):
        address.params["CN"] = name.replace('"', "'")
    return address


def _changed_at(meeting: Meeting) -> datetime:
    return meeting.changed_at or meeting.booked_at

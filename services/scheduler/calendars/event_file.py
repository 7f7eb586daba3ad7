"""Events of a CalDAV calendar, read: when they take time, and what they say of a meeting of ours."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from services.scheduler.domain.sighting import Sighting, Span


def spans(events: Iterable[Event], zone: ZoneInfo) -> list[Span]:
    """When events, already expanded, take their owner's time. Whole days and floating times are those of `zone`."""
    found = []
    for event in events:
        if event.get("transp") == "TRANSPARENT" or event.get("status") == "CANCELLED":
            continue
        start, end = _moments(event, zone)
        if start < end:
            found.append((start, end))
    return sorted(found)


def sighting(text: str, meeting_id: UUID, zone: ZoneInfo) -> Sighting:
    """What the file of an event shows of the meeting it was written for."""
    events = Calendar.from_ical(text).walk("VEVENT")
    mine = [event for event in events if isinstance(event, Event) and event.get("uid") == str(meeting_id)]
    if not mine or mine[0].get("status") == "CANCELLED":
        return Sighting(meeting_id)
    if len(mine) > 1 or "rrule" in mine[0] or "rdate" in mine[0]:
        return Sighting(meeting_id, odd="a meeting takes place once")
    if not isinstance(mine[0].decoded("dtstart"), datetime):
        return Sighting(meeting_id, odd="a meeting does not take whole days")
    start, end = _moments(mine[0], zone)
    return Sighting(meeting_id, start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))


def uid_of(text: str) -> UUID | None:
    """The meeting an event was written for, if it is one of ours."""
    for event in Calendar.from_ical(text).walk("VEVENT"):
        try:
            return UUID(str(event.get("uid")))
        except ValueError:
            return None
    return None


def _moments(event: Event, zone: ZoneInfo) -> Span:
    start = event.decoded("dtstart")
    if "dtend" in event:
        end = event.decoded("dtend")
    elif "duration" in event:
        end = start + event.decoded("duration")
    else:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    return _moment(start, zone), _moment(end, zone)


def _moment(at: date, zone: ZoneInfo) -> datetime:
    wall = at if isinstance(at, datetime) else datetime.combine(at, time())
    return (wall if wall.tzinfo else wall.replace(tzinfo=zone)).astimezone(UTC)

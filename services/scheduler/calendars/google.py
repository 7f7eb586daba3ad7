"""A Google calendar, over version 3 of its REST API.

An event's id is made of its meeting's, so that whatever is written twice is there once. Google keeps deleted events
as cancelled ones, and their ids with them: an event that is wanted again is brought back, never inserted anew.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.runtime.errors import Unavailable
from services.scheduler.calendars.google_wire import GoogleWire, Reply
from services.scheduler.domain.calendar import GoogleAccess
from services.scheduler.domain.invitation import Entry
from services.scheduler.domain.sighting import Changes, Sighting, Span

_LONGEST_QUERY = timedelta(days=60)
"""Google refuses to tell busy time of more than some ninety days at once."""
_PAGE = 2500
_FIELDS = "nextPageToken,nextSyncToken,items(id,status,start,end,recurrence,extendedProperties/private)"
_SEQUENCE = "agent_messiah_sequence"
_QUIETLY = {"sendUpdates": "none"}
_TRIES = 3
"""How often an event is written over somebody else's change."""


class GoogleCalendar:
    """See `ports.Calendar`."""

    def __init__(self, access: GoogleAccess, wire: GoogleWire) -> None:
        self._access = access
        self._wire = wire
        self._events = f"/calendars/{quote(access.calendar_id, safe='')}/events"

    async def busy(self, since: datetime, until: datetime) -> list[Span]:
        found: list[Span] = []
        while since < until:
            end = min(until, since + _LONGEST_QUERY)
            found += await self._busy(since, end)
            since = end
        return found

    async def put(self, entry: Entry) -> None:
        body = _body(entry)
        reply = await self._wire.ask("POST", self._events, params=_QUIETLY, json=body, allow=(409,))
        for _ in range(_TRIES):
            if reply.status == 200:
                return
            path = self._path(entry.meeting.meeting_id)
            known = (await self._wire.ask("GET", path)).body
            if _shows(known, body):
                return
            # The sequence is Google's own to count; an older one is refused.
            changed = body | {"sequence": known.get("sequence", 0)}
            match = {"If-Match": str(known.get("etag", "*"))}
            reply = await self._wire.ask("PUT", path, params=_QUIETLY, json=changed, headers=match, allow=(412,))
        if reply.status != 200:
            raise Unavailable(f"the event of meeting {entry.meeting.meeting_id} is changed faster than we can write it")

    async def delete(self, meeting_id: UUID) -> None:
        await self._wire.ask("DELETE", self._path(meeting_id), params=_QUIETLY, allow=(404, 410))

    async def changes(self, cursor: str | None, known: Collection[UUID]) -> Changes:
        seen: dict[UUID, Sighting] = {}
        found = cursor
        async for page in self._pages(cursor):
            if page.status == 410:  # the cursor has expired: look at everything
                return await self.changes(None, known)
            for item in page.body.get("items", ()):
                if (meeting_id := _meeting_id(item)) is not None and meeting_id in known:
                    seen[meeting_id] = _sighting(meeting_id, item)
            found = page.body.get("nextSyncToken", found)
        if cursor is None:
            for meeting_id in set(known) - seen.keys():  # a list may leave out what was deleted long ago
                reply = await self._wire.ask("GET", self._path(meeting_id), allow=(404, 410))
                gone = reply.status != 200
                seen[meeting_id] = Sighting(meeting_id) if gone else _sighting(meeting_id, reply.body)
        return Changes(tuple(seen.values()), found)

    async def close(self) -> None:
        await self._wire.close()

    async def _busy(self, since: datetime, until: datetime) -> list[Span]:
        calendar_id = self._access.calendar_id
        query = {"timeMin": _stamp(since), "timeMax": _stamp(until), "items": [{"id": calendar_id}]}
        reply = await self._wire.ask("POST", "/freeBusy", json=query)
        calendars = reply.body.get("calendars", {})
        told: dict[str, Any] = calendars.get(calendar_id) or next(iter(calendars.values()), {})
        if errors := told.get("errors"):
            raise Unavailable(f"Google tells no busy time of {calendar_id}: {errors[0].get('reason')}; {self._cure}")
        return [(_moment(each["start"]), _moment(each["end"])) for each in told.get("busy", ())]

    async def _pages(self, cursor: str | None) -> AsyncIterator[Reply]:
        """What was changed since the cursor, or everything; with a cursor, one page of status 410 if it is too old."""
        params = {"maxResults": str(_PAGE), "showDeleted": "true", "fields": _FIELDS}
        params |= {"syncToken": cursor} if cursor else {}
        while True:
            page = await self._wire.ask("GET", self._events, params=params, allow=(410,) if cursor else ())
            yield page
            if not (more := page.body.get("nextPageToken")):
                return
            params["pageToken"] = more

    def _path(self, meeting_id: UUID) -> str:
        return f"{self._events}/{meeting_id.hex}"  # hexadecimal digits are among those an id may have

    @property
    def _cure(self) -> str:
        reader = self._wire.email
        return f"share it with {reader}" if reader else f"check calendar_id and {self._access.credentials_env}"


def _body(entry: Entry) -> dict[str, Any]:
    meeting = entry.meeting
    return {
        "id": meeting.meeting_id.hex,
        "status": "confirmed",
        "summary": entry.summary,
        "description": entry.description,
        "location": entry.location or entry.url or "",
        "start": {"dateTime": _stamp(meeting.start), "timeZone": meeting.time_zone},
        "end": {"dateTime": _stamp(meeting.end), "timeZone": meeting.time_zone},
        "transparency": "opaque",
        "extendedProperties": {"private": {_SEQUENCE: str(meeting.sequence)}},
    }


def _shows(known: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether an event is already as we would write it: our request had arrived, and its reply was lost."""
    try:
        same = all(_moment(known[edge]["dateTime"]) == _moment(body[edge]["dateTime"]) for edge in ("start", "end"))
    except KeyError:
        return False
    words = ("status", "summary", "description", "extendedProperties")
    return same and all(known.get(each) == body[each] for each in words)


def _sighting(meeting_id: UUID, item: Mapping[str, Any]) -> Sighting:
    if item.get("status") == "cancelled":
        return Sighting(meeting_id)
    written = item.get("extendedProperties", {}).get("private", {}).get(_SEQUENCE, "")
    sequence = int(written) if written.isdecimal() else None
    if item.get("recurrence"):
        return Sighting(meeting_id, odd="a meeting takes place once", sequence=sequence)
    try:
        start, end = (_moment(item[edge]["dateTime"]).replace(second=0, microsecond=0) for edge in ("start", "end"))
    except KeyError:
        return Sighting(meeting_id, odd="a meeting does not take whole days", sequence=sequence)
    return Sighting(meeting_id, start, end, sequence=sequence)


def _meeting_id(item: Mapping[str, Any]) -> UUID | None:
    try:
        return UUID(item["id"])
    except (KeyError, ValueError):
        return None


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).astimezone(UTC)

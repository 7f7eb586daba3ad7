"""The events of one CalDAV collection (RFC 4791), and its changes over WebDAV synchronisation (RFC 6578) where the
server knows that. It waits for its socket. Everything here may be done twice: an event is a file named after its
meeting.
"""

from collections.abc import Collection as Several
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import caldav
from caldav.collection import SynchronizableCalendarObjectCollection
from caldav.davclient import DAVResponse
from caldav.lib.error import AuthorizationError, DAVError, NotFoundError
from caldav.lib.url import URL
from icalendar import Event

from services.scheduler.calendars.event_file import sighting, spans, uid_of
from services.scheduler.domain.sighting import Changes, Sighting, Span

_HEADERS = {"Content-Type": "text/calendar; charset=utf-8"}


class Collection:
    """Every method raises DAVError, requests' RequestException, or ValueError for what is no iCalendar."""

    def __init__(self, client: caldav.DAVClient, url: str, zone: ZoneInfo) -> None:
        self._client = client
        self._base = URL.objectify(url)
        self._calendar = caldav.Calendar(client=client, url=url)
        self._zone = zone

    def busy(self, since: datetime, until: datetime) -> list[Span]:
        """When the owner is busy; repeated events are worked out here, as few servers do it right."""
        found: list[caldav.CalendarObjectResource] = self._calendar.search(
            start=since, end=until, event=True, expand=True
        )
        events = [each for one in found for each in one.icalendar_instance.walk("VEVENT") if isinstance(each, Event)]
        return spans(events, self._zone)

    def put(self, meeting_id: UUID, text: str) -> None:
        """Show a meeting. Where a mail program has entered its invitation before us, that one becomes ours."""
        try:
            response = self._write(self._url(meeting_id), text)
        except AuthorizationError as error:
            if status_of(error) != 403 or (twin := self._twin(meeting_id)) is None:
                raise
            response = self._write(str(twin.url), text)
        if response.status in (409, 412) and (twin := self._twin(meeting_id)) is not None:
            response = self._write(str(twin.url), text)
        _check(response)

    def delete(self, meeting_id: UUID) -> None:
        """Show a meeting no more."""
        response = self._client.delete(self._url(meeting_id))
        if response.status in (404, 410):
            if (twin := self._twin(meeting_id)) is None:
                return
            response = self._client.delete(str(twin.url))
        _check(response, gone=True)

    def changes(self, cursor: str | None, known: Several[UUID]) -> Changes:
        """See `ports.Calendar`."""
        seen = self._seen(cursor) if cursor else None
        if seen is None:  # the first look, or the server has forgotten the last one
            fresh = self._seen(None)
            return Changes(self._sightings(known), str(fresh.sync_token) if fresh is not None else None)
        changed = {_path(each.url) for each in seen}
        ours = {_path(self._url(each)): each for each in known}
        strangers = changed - ours.keys()
        texts = self._texts(strangers)
        if len(texts) < len(strangers):  # deleted: it may have been a meeting's event under another name
            return Changes(self._sightings(known), str(seen.sync_token))
        affected = {ours[path] for path in changed & ours.keys()}
        affected |= {uid for text in texts.values() if (uid := uid_of(text)) is not None and uid in known}
        return Changes(self._sightings(affected), str(seen.sync_token))

    def _seen(self, cursor: str | None) -> SynchronizableCalendarObjectCollection | None:
        """What has changed since; None if the server does not know the cursor, or this kind of question."""
        try:
            return self._calendar.objects_by_sync_token(cursor)
        except NotFoundError:
            raise
        except DAVError as error:
            if status_of(error) == 401:
                raise
            return None

    def _sightings(self, known: Iterable[UUID]) -> tuple[Sighting, ...]:
        ours = {_path(self._url(each)): each for each in known}
        texts = self._texts(ours)
        found = []
        for path, meeting_id in ours.items():
            text = texts.get(path)
            if text is None and (twin := self._twin(meeting_id)) is not None:
                text = twin.data
            found.append(sighting(text, meeting_id, self._zone) if text else Sighting(meeting_id))
        return tuple(found)

    def _texts(self, paths: Iterable[str]) -> dict[str, str]:
        """The files of those events that are there, by their paths."""
        wanted = [self._base.join(path) for path in paths]
        found: Iterable[caldav.CalendarObjectResource] = self._calendar.multiget(wanted) if wanted else ()
        return {_path(each.url): str(each.data) for each in found if each.data}

    def _twin(self, meeting_id: UUID) -> caldav.CalendarObjectResource | None:
        """The event of a meeting under a name that is not ours."""
        with suppress(NotFoundError):
            return self._calendar.event_by_uid(str(meeting_id))
        return None

    def _write(self, url: str, text: str) -> DAVResponse:
        return self._client.put(url, text, _HEADERS)

    def _url(self, meeting_id: UUID) -> str:
        return str(self._base.join(f"{meeting_id}.ics"))


def status_of(error: BaseException) -> int | None:
    """The HTTP status of a refusal. The library puts it in front of whatever it calls the error's url."""
    if isinstance(error, AuthorizationError):
        return 401 if "nauthorized" in str(error.reason) else 403
    if isinstance(error, NotFoundError):
        return 404
    number = str(getattr(error, "url", ""))[:3]
    return int(number) if isinstance(error, DAVError) and number.isdigit() else None


def _check(response: DAVResponse, *, gone: bool = False) -> None:
    if response.status >= 300 and not (gone and response.status in (404, 410)):
        raise DAVError(url=f"{response.status} {response.reason}", reason="the event was not taken")


def _path(url: object) -> str:
    return str(URL.objectify(str(url)).path)

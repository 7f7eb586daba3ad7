"""A calendar over CalDAV. The library waits for its socket, so it works in threads of this calendar's own: a server
that hangs holds up nobody else."""

import asyncio
import random
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import caldav
from caldav.lib.error import DAVError
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from requests.exceptions import RequestException

from services.runtime.errors import Unavailable
from services.scheduler.calendars.collection import Collection as EventCollection
from services.scheduler.calendars.collection import status_of
from services.scheduler.domain.calendar import CalDavAccess
from services.scheduler.domain.invitation import Entry, event_file
from services.scheduler.domain.sighting import Changes, Span

T = TypeVar("T")

SOCKET_TIMEOUT_S = 8
"""For each answer of the server."""
DEADLINE_S = 30.0
"""For one piece of work altogether; shorter than a claim."""
THREADS = 3
_ATTEMPTS = 2
_PASSING = (429, 502, 503, 504)
_SAID = {401: "does not accept the password", 403: "forbids this", 404: "is not there"}


class CalDavCalendar:
    """See `ports.Calendar`."""

    def __init__(self, access: CalDavAccess, password: str, zone: ZoneInfo) -> None:
        self._access = access
        self._password = password
        self._zone = zone
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="caldav")
        self._idle: list[caldav.DAVClient] = []

    async def busy(self, since: datetime, until: datetime) -> list[Span]:
        return await self._do(lambda events: events.busy(since, until))

    async def put(self, entry: Entry) -> None:
        await self._do(lambda events: events.put(entry.meeting.meeting_id, event_file(entry).decode()))

    async def delete(self, meeting_id: UUID) -> None:
        await self._do(lambda events: events.delete(meeting_id))

    async def changes(self, cursor: str | None, known: Collection[UUID]) -> Changes:
        return await self._do(lambda events: events.changes(cursor, known))

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        while self._idle:
            self._idle.pop().close()

    async def _do(self, work: Callable[[EventCollection], T]) -> T:
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._attempt, work)
        except (DAVError, RequestException, OSError, ValueError) as error:  # ValueError: what it sent is no iCalendar
            raise Unavailable(f"the calendar at {self._access.url} {self._said(error)}") from error

    def _attempt(self, work: Callable[[EventCollection], T]) -> T:
        """In a thread; once more if the connection broke, as one that was kept open may have."""
        for attempt in range(1, _ATTEMPTS + 1):
            client = self._idle.pop() if self._idle else self._connect()
            try:
                result = work(EventCollection(client, self._access.url, self._zone))
            except BaseException as error:
                client.close()
                passing = isinstance(error, RequestException) or status_of(error) in _PASSING
                if attempt == _ATTEMPTS or not passing:
                    raise
                time.sleep(random.uniform(0.1, 0.4))  # noqa: S311  jitter
            else:
                self._idle.append(client)
                return result
        raise AssertionError("the last attempt returns or raises")

    def _connect(self) -> caldav.DAVClient:
        how = HTTPDigestAuth if self._access.auth == "digest" else HTTPBasicAuth
        auth = how(self._access.username.encode(), self._password.encode())
        return caldav.DAVClient(self._access.url, auth=auth, timeout=SOCKET_TIMEOUT_S)

    def _said(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"does not answer within {DEADLINE_S:.0f} seconds"
        if (said := _SAID.get(status_of(error) or 0)) is None:
            return f"does not answer: {' '.join(f'{type(error).__name__} {error}'.split())[:200]}"
        return f"{said}; check url, username and {self._access.password_env}"

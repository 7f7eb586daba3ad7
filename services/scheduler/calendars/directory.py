"""Opens the calendar of each representative, with what is secret about it from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from services.runtime.errors import Unavailable
from services.runtime.hosts import is_local_host
from services.scheduler.calendars.built_in import BuiltIn
from services.scheduler.calendars.caldav import CalDavCalendar
from services.scheduler.calendars.google import GoogleCalendar
from services.scheduler.calendars.google_account import Credentials, GoogleAccount, read_credentials
from services.scheduler.calendars.google_wire import GoogleWire
from services.scheduler.domain.calendar import CalDavAccess, CalendarAccess, GoogleAccess
from services.scheduler.domain.representative import Representative
from services.scheduler.ports import Calendar

Environment = Mapping[str, str]


def environment(env_file: Path = Path(".env")) -> Environment:
    """Every variable of the environment and, where it has none of that name, of the file `.env`."""
    written = {name: value for name, value in dotenv_values(env_file).items() if value}
    return written | {name: value for name, value in os.environ.items() if value}


def wrong(access: CalendarAccess | None, variables: Environment) -> tuple[str, str] | None:
    """The field that keeps a calendar from being opened, and the remedy; None if nothing does."""
    if isinstance(access, CalDavAccess):
        if access.url.startswith("http://") and _outside(access):
            return "url", "a password would travel in the open; use https://, or http:// on a private network only"
        if not variables.get(access.password_env):
            return "password_env", _unset(access.password_env, "the password")
    if isinstance(access, GoogleAccess):
        if not variables.get(access.credentials_env):
            return "credentials_env", _unset(access.credentials_env, "the JSON of the credentials, or its file's path,")
        try:
            _credentials(access, variables)
        except (ValueError, OSError) as error:
            return "credentials_env", f"{access.credentials_env}: {error}"
    return None


class Directory:
    """The calendars that have been opened. They are opened when they are first asked for."""

    def __init__(self, variables: Environment, *, rehearsing: bool = False) -> None:
        """`rehearsing`: the clock is pinned, so what happens is not real, and no calendar outside is touched."""
        self._variables = variables
        self._rehearsing = rehearsing
        self._open: dict[tuple[CalendarAccess, str], Calendar] = {}
        self._built_in = BuiltIn()

    def of(self, representative: Representative) -> Calendar:
        """The calendar of somebody. Raises Unavailable if what is secret about it is not in the environment."""
        access = representative.own_calendar
        if access is None or (self._rehearsing and _outside(access)):
            return self._built_in
        key = (access, representative.time_zone)
        if key not in self._open:
            if (found := wrong(access, self._variables)) is not None:
                raise Unavailable(f"the calendar of {representative.id} cannot be opened: {': '.join(found)}")
            self._open[key] = self._opened(access, representative.zone)
        return self._open[key]

    async def close(self) -> None:
        """Let go of every connection."""
        while self._open:
            await self._open.popitem()[1].close()

    def _opened(self, access: CalDavAccess | GoogleAccess, zone: ZoneInfo) -> Calendar:
        if isinstance(access, CalDavAccess):
            return CalDavCalendar(access, self._variables[access.password_env], zone)
        credentials = _credentials(access, self._variables)
        account = GoogleAccount(credentials, access.impersonate, access.credentials_env)
        return GoogleCalendar(access, GoogleWire(account))


def _outside(access: CalDavAccess | GoogleAccess) -> bool:
    return not (isinstance(access, CalDavAccess) and is_local_host(urlsplit(access.url).netloc))


def _credentials(access: GoogleAccess, variables: Environment) -> Credentials:
    """Raises ValueError and OSError."""
    text = variables[access.credentials_env].strip()
    return read_credentials(text if text.startswith("{") else Path(text).read_text(encoding="utf-8"))


def _unset(name: str, what: str) -> str:
    return f"the environment has no {name}; set it to {what} and start again"

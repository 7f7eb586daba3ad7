"""How a representative's own calendar is reached. What is secret is named here, and kept in the environment."""

import hashlib
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _Access(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BuiltInAccess(_Access):
    """No calendar but ours."""

    kind: Literal["built_in"]


class CalDavAccess(_Access):
    """A calendar that speaks CalDAV: Nextcloud, iCloud, Fastmail, Radicale and others."""

    kind: Literal["caldav"]
    url: str
    """Of the calendar itself, not of the account."""
    username: _Text
    password_env: VariableName
    """The environment variable that holds the password, best one made for this program alone."""
    auth: Literal["basic", "digest"] = "basic"

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the url of a CalDAV calendar begins with https://")
        if parts.username or parts.password:
            raise ValueError("keep user and password out of the url; use username and password_env")
        return url if url.endswith("/") else f"{url}/"

    @property
    def account(self) -> str:
        """Names the calendar: the same for the same one."""
        return _digest(self.kind, self.username, self.url)

    @property
    def variable(self) -> str:
        return self.password_env


class GoogleAccess(_Access):
    """A Google calendar, reached with a service account it is shared with, or with a refresh token of its owner."""

    kind: Literal["google"]
    calendar_id: _Text
    """Mostly an e-mail address: see the calendar's settings under "Integrate calendar"."""
    credentials_env: VariableName
    """The environment variable that holds the JSON of the credentials, or the path of a file with it."""
    impersonate: _Text | None = None
    """On whose behalf a service account with domain-wide delegation acts."""

    @property
    def account(self) -> str:
        """Names the calendar: the same for the same one."""
        return _digest(self.kind, self.calendar_id, self.credentials_env, self.impersonate or "")

    @property
    def variable(self) -> str:
        return self.credentials_env


CalendarAccess = Annotated[BuiltInAccess | CalDavAccess | GoogleAccess, Field(discriminator="kind")]
KINDS = ("built_in", "caldav", "google")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]

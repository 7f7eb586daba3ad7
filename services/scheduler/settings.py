"""What the scheduler reads from the environment: who takes meetings, how long a slot is held, how mail is sent."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from services.runtime.carrier import CarrierSettings
from services.runtime.hosts import is_private
from services.runtime.mail import MailSettings


class SchedulerSettings(CarrierSettings, MailSettings):
    """Without a file of your own, two invented representatives take the meetings. Without SMTP_HOST no mail is sent."""

    representatives_file: Path = Path(__file__).with_name("representatives.yaml")
    max_call_s: int = Field(default=600, ge=30, le=14_400)
    """The longest call: a slot offered in a call is held that long and two minutes."""
    callback_tick_s: float = Field(default=1.0, gt=0, le=60)
    """How often to look for callbacks that have fallen due, in seconds."""
    mail_tick_s: float = Field(default=2.0, gt=0, le=60)
    """How often to look for mails to send, in seconds."""
    reminder_hours: tuple[Annotated[float, Field(gt=0, le=24 * 14)], ...] = ()
    """Reminders so many hours before a meeting, by e-mail: a JSON list such as [24, 1]. Unset: none."""
    calendar_deadline_s: float = Field(default=1.5, gt=0, le=10)
    """How long a caller may wait for representatives' own calendars, in seconds."""
    calendar_cache_s: float = Field(default=15.0, ge=0, le=300)
    """How old what a calendar said may be when slots are offered, in seconds. Before a booking it is always asked."""
    calendar_silent: Literal["skip", "offer"] = "skip"
    """Whether to offer slots of somebody whose calendar does not answer. `offer` risks a double booking."""
    calendar_watch_s: float = Field(default=60.0, ge=1, le=3600)
    """How often to look for meetings that were moved or deleted in a calendar, in seconds."""
    calendar_tick_s: float = Field(default=2.0, gt=0, le=60)
    """How often to look for meetings to write to calendars, in seconds."""
    keep_meetings_days: int = Field(default=730, ge=0)
    """How long meetings that are over and callbacks are kept. 0: for ever."""
    keep_mails_days: int = Field(default=90, ge=1, le=90)
    """How long letters that were sent or given up can be looked up."""
    links_url: str | None = None
    """Where people reach this service from outside, for the links in mails. Unset: mails carry no links."""
    links_secret: SecretStr | None = Field(default=None, min_length=16)
    """Signs links. Another one voids every link made before. Unset: one is made and kept in the database."""

    @field_validator("links_url")
    @classmethod
    def _reachable(cls, url: str | None) -> str | None:
        if url is None:
            return None
        scheme, _, rest = url.partition("://")
        host = rest.partition("/")[0].rpartition("@")[2].rsplit(":", 1)[0]
        if not host or scheme not in ("https", "http") or (scheme == "http" and not is_private(host)):
            raise ValueError("LINKS_URL is an https:// address; http:// only on this machine or its private network")
        return url.rstrip("/")

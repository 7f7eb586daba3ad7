"""A representative: the person on our side of a meeting, and when that person can be met."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_serializer, field_validator

from services.runtime.email_address import is_address
from services.scheduler.domain.calendar import BuiltInAccess, CalDavAccess, CalendarAccess, GoogleAccess
from services.scheduler.domain.working_hours import DayHours, DaysOff, Weekday


def _address(email: str) -> str:
    if not is_address(email):
        raise ValueError(f"{email!r} is no e-mail address; write it like noa@example.com")
    return email


RepresentativeId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Profile(BaseModel):
    """What is known of somebody who takes meetings. Durations are as named; hours are wall times of `time_zone`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    email: Annotated[str, AfterValidator(_address)]
    time_zone: str = "Asia/Jerusalem"
    hours: Mapping[Weekday, DayHours]
    days_off: tuple[DaysOff, ...] = ()
    meeting_minutes: int = Field(default=20, ge=5, le=480)
    buffer_before_minutes: int = Field(default=0, ge=0, le=240)
    buffer_after_minutes: int = Field(default=10, ge=0, le=240)
    minimum_notice_hours: float = Field(default=4.0, ge=0, le=24 * 30, allow_inf_nan=False)
    horizon_days: int = Field(default=14, ge=1, le=365)
    daily_limit: int | None = Field(default=None, ge=1)
    weekly_limit: int | None = Field(default=None, ge=1)
    weight: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)
    """How many meetings this person gets for each one of a person of weight 1."""
    location: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    """Where the meetings are, as invitations say it."""
    meeting_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$")] | None = None
    """The video room of the meetings."""
    language: Literal["he", "en"] | None = None
    """Of the mails to this person; None: MAIL_LANGUAGE."""
    reminder_hours: tuple[Annotated[float, Field(gt=0, le=24 * 14)], ...] | None = None
    """Reminders so many hours before a meeting; None: REMINDER_HOURS."""
    calendar: CalendarAccess | None = None
    """This person's own calendar, which is read before offering, and written to."""

    @field_validator("time_zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            return ZoneInfo(zone).key
        except (ValueError, OSError, ZoneInfoNotFoundError) as error:
            raise ValueError(f"there is no time zone {zone!r}; use an IANA name such as Asia/Jerusalem") from error

    @field_validator("hours", mode="before")
    @classmethod
    def _weekdays(cls, hours: object) -> object:
        if not isinstance(hours, Mapping):
            raise ValueError("hours is a mapping of weekdays, such as `sunday: 09:00-17:00`")
        named = {str(day).lower(): spans for day, spans in hours.items()}
        if unknown := [day for day in named if day not in tuple(Weekday)]:
            raise ValueError(f"{', '.join(unknown)} is no weekday; use {', '.join(Weekday)}")
        if not any(named.values()):
            raise ValueError("there are no working hours; name a weekday, such as `sunday: 09:00-17:00`")
        return named

    @field_serializer("hours")
    def _as_written(self, hours: Mapping[Weekday, DayHours]) -> dict[str, str]:
        return {day.value: ", ".join(map(str, spans)) for day, spans in hours.items()}


class Representative(Profile):
    """Somebody who takes meetings, under the name that slots and meetings know."""

    id: RepresentativeId

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def own_calendar(self) -> CalDavAccess | GoogleAccess | None:
        """How to reach this person's own calendar; None if none is connected."""
        return None if isinstance(self.calendar, BuiltInAccess) else self.calendar

    def away(self, day: date) -> bool:
        """Whether that day, by this person's own calendar, is off."""
        return any(day in days for days in self.days_off)

    def occupied(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """A meeting with its buffers: what no other meeting of this person may touch."""
        return (
            start - timedelta(minutes=self.buffer_before_minutes),
            end + timedelta(minutes=self.buffer_after_minutes),
        )

"""A representative: the person on our side of a meeting, and when that person can be met."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator

from services.scheduler.domain.working_days import WorkingDays

_SPAN = re.compile(r"^(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})$")


class Weekday(StrEnum):
    """Days in the order in which `date.weekday` counts them."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @classmethod
    def of(cls, day: date) -> "Weekday":
        return _WEEK[day.weekday()]


_WEEK = tuple(Weekday)


class Hours(BaseModel):
    """From `opens` to `closes` by the wall clock, on one day."""

    model_config = ConfigDict(frozen=True)

    opens: time
    closes: time

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("working hours end before they start; write them like 09:00-17:00")
        return self


def _parse_hours(written: object) -> object:
    """`09:00-12:30, 13:30-17:00` as a list of spans; anything else is left to pydantic."""
    if not isinstance(written, str):
        return written
    spans = [part.strip() for part in written.split(",") if part.strip()]
    found = [_SPAN.match(span) for span in spans]
    if not all(found):
        raise ValueError("working hours are written like 09:00-17:00 or 09:00-12:30, 13:30-17:00")
    return [{"opens": f"{span[1]:0>5}", "closes": f"{span[2]:0>5}"} for span in found if span]


DayHours = Annotated[tuple[Hours, ...], BeforeValidator(_parse_hours)]


class Representative(BaseModel):
    """Somebody who takes meetings. All durations are as named; hours are wall times of `time_zone`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    time_zone: str = "Asia/Jerusalem"
    hours: Mapping[Weekday, DayHours]
    meeting_minutes: int = Field(default=20, ge=5, le=480)
    buffer_before_minutes: int = Field(default=0, ge=0, le=240)
    buffer_after_minutes: int = Field(default=10, ge=0, le=240)
    minimum_notice_hours: float = Field(default=4.0, ge=0, le=24 * 30)
    horizon_days: int = Field(default=14, ge=1, le=365)
    daily_limit: int | None = Field(default=None, ge=1)
    weekly_limit: int | None = Field(default=None, ge=1)
    weight: float = Field(default=1.0, gt=0)
    """How many meetings this person gets for each one of a person of weight 1."""

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
        if unknown := [day for day in named if day not in _WEEK]:
            raise ValueError(f"{', '.join(unknown)} is no weekday; use {', '.join(_WEEK)}")
        return named

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def occupied(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """A meeting with its buffers: what no other meeting of this person may touch."""
        return (
            start - timedelta(minutes=self.buffer_before_minutes),
            end + timedelta(minutes=self.buffer_after_minutes),
        )


class Team(BaseModel):
    """Everybody who takes meetings, and the calendar they work by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    working_days: WorkingDays = WorkingDays()
    representatives: tuple[Representative, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if not self.representatives:
            raise ValueError("nobody takes meetings; name at least one representative")
        ids = [representative.id for representative in self.representatives]
        if twice := {each for each in ids if ids.count(each) > 1}:
            raise ValueError(f"two representatives share the id {', '.join(sorted(twice))}; give each its own")
        return self

"""Working hours of one weekday, and days on which nobody works: how people write them, and what they mean."""

import re
from datetime import date, time
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, model_validator

from contracts.values import Day

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

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


def _parse_hours(written: object) -> object:
    """`09:00-12:30, 13:30-17:00` as a list of spans; anything else is left to pydantic."""
    if not isinstance(written, str):
        return written
    spans = [part.strip() for part in written.split(",") if part.strip()]
    found = [_SPAN.match(span) for span in spans]
    if not all(found):
        raise ValueError("working hours are written like 09:00-17:00 or 09:00-12:30, 13:30-17:00")
    return [{"opens": f"{span[1]:0>5}", "closes": f"{span[2]:0>5}"} for span in found if span]


def _apart(spans: tuple[Hours, ...]) -> tuple[Hours, ...]:
    ordered = tuple(sorted(spans, key=lambda span: span.opens))
    for one, next_one in pairwise(ordered):
        if next_one.opens < one.closes:
            raise ValueError(f"{one} and {next_one} overlap; write them as one span")
    return ordered


DayHours = Annotated[tuple[Hours, ...], BeforeValidator(_parse_hours), AfterValidator(_apart)]


class DaysOff(BaseModel):
    """Days on which a representative takes no meetings, the first and the last included.

    Written as `2026-12-24` or `2026-12-24/2026-12-31`, or with a reason as a mapping of first, last and reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: Day
    last: Day
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _written(cls, written: object) -> object:
        if isinstance(written, date):
            return {"first": written, "last": written}
        if isinstance(written, str):
            first, _, last = (part.strip() for part in written.partition("/"))
            return {"first": first, "last": last or first}
        if isinstance(written, dict) and written.get("last") is None and "first" in written:
            return written | {"last": written["first"]}
        return written

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.last < self.first:
            raise ValueError("the last day off lies before the first; swap them")
        return self

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

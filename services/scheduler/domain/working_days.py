"""Which days are worked in Israel, and how long: Shabbat and holidays are closed, eves and half days end early.

Holidays by law come from `holidays`; the half days it does not know (chol hamoed, Purim, the ninth of Av) from
the Hebrew calendar of `pyluach`. An eve is the day before a closed one, which makes Memorial Day, the day before
Independence Day, a short day as the law has it. Holocaust Remembrance Day, which neither library has, is worked, but
like on Memorial Day nobody is met or called around its siren.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays
from pydantic import BaseModel, ConfigDict
from pyluach.dates import GregorianDate, HebrewDate

FRIDAY, SATURDAY = 4, 5
FRIDAY_REASON = "יום שישי"
_DAY = timedelta(days=1)
_CHOL_HAMOED = ("פסח", "סוכות")
_HALF_DAYS = ("פורים", "שושן פורים", *_CHOL_HAMOED)
"""Festivals, as pyluach names them, whose days are short where the law does not close them."""
FAST_OF_AV = "ט׳ באב"
_INDEPENDENCE = "יום העצמאות"
_MEMORIAL_DAY = "יום הזיכרון"
_HOLOCAUST_SIREN = (time(9, 50), time(10, 10))
_MEMORIAL_SIREN = (time(10, 50), time(11, 10))
"""The sirens sound at ten and at eleven, by Israel's clocks."""
_NISAN, _SUNDAY = 1, 6


class DayKind(StrEnum):
    """How much of a day is worked."""

    OPEN = "open"
    SHORT = "short"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar. `reason` says in Hebrew why it is not a whole working day."""

    kind: DayKind
    reason: str = ""


class WorkingDays(BaseModel):
    """The calendar a company works by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fridays: bool = False
    """True: Fridays are worked, as short days."""
    short_day_ends: time = time(13, 0)
    chol_hamoed: bool = True
    """Short days. False: nobody works between the holidays of Passover and Sukkot."""
    closed_days: frozenset[date] = frozenset()
    """Days that no calendar knows in advance, such as elections, or a day out of the whole company."""

    def on(self, day: date) -> Day:
        """What kind of day it is."""
        if day in self.closed_days:
            return Day(DayKind.CLOSED, "יום סגור")
        found = _day(day)
        if not self.chol_hamoed and is_chol_hamoed(day):
            return Day(DayKind.CLOSED, found.reason)
        if found.kind is not DayKind.CLOSED and day.weekday() == FRIDAY:
            return Day(DayKind.SHORT if self.fridays else DayKind.CLOSED, found.reason or FRIDAY_REASON)
        return found

    def closes(self, day: date) -> time | None:
        """The wall time at which work ends at the latest; None on a closed day."""
        kind = self.on(day).kind
        if kind is DayKind.CLOSED:
            return None
        return self.short_day_ends if kind is DayKind.SHORT else time.max


def is_holiday(day: date) -> bool:
    """Whether the law closes a day."""
    return _closed(day) is not None


def is_chol_hamoed(day: date) -> bool:
    """Whether a day lies between the holidays of Passover or Sukkot. Their last day is an eve as well."""
    if is_holiday(day):
        return False
    return GregorianDate.from_pydate(day).to_heb().festival(israel=True, hebrew=True) in _CHOL_HAMOED


@lru_cache(maxsize=2048)
def silence(day: date) -> tuple[time, time] | None:
    """When a memorial siren sounds that day and a little around it, by Israel's clocks."""
    if _day(day).reason == _MEMORIAL_DAY:
        return _MEMORIAL_SIREN
    return _HOLOCAUST_SIREN if day == _holocaust_day(GregorianDate.from_pydate(day).to_heb().year) else None


def _holocaust_day(hebrew_year: int) -> date:
    """27 Nisan, moved away from Friday and Sunday so that nothing about it touches Shabbat."""
    day: date = HebrewDate(hebrew_year, _NISAN, 27).to_pydate()
    moved = {FRIDAY: -_DAY, _SUNDAY: _DAY}
    return day + moved.get(day.weekday(), timedelta())


@lru_cache(maxsize=2048)
def _day(day: date) -> Day:
    if day.weekday() == SATURDAY:
        return Day(DayKind.CLOSED, "שבת")
    if closed := _closed(day):
        return Day(DayKind.CLOSED, closed)
    if eve_of := _closed(day + _DAY):
        return Day(DayKind.SHORT, _MEMORIAL_DAY if _INDEPENDENCE in eve_of else f"ערב {eve_of}")
    hebrew = GregorianDate.from_pydate(day).to_heb()
    festival = hebrew.festival(israel=True, hebrew=True)
    if festival in _HALF_DAYS:
        return Day(DayKind.SHORT, f"חול המועד {festival}" if festival in _CHOL_HAMOED else festival)
    if hebrew.fast_day(hebrew=True) == FAST_OF_AV:
        return Day(DayKind.SHORT, FAST_OF_AV)
    return Day(DayKind.OPEN)


def _closed(day: date) -> str | None:
    """The holiday that closes a day by law."""
    return _holidays(day.year).get(day)


@lru_cache(maxsize=16)
def _holidays(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("IL", years=year, language="he").items())

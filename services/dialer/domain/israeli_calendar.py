"""What kind of day it is in Israel, for somebody who wants to call a business.

The holidays of the law come from `holidays`; chol hamoed, Purim and the ninth of Av, which it lacks, from the Hebrew
calendar of `pyluach`; Holocaust Remembrance Day, which neither has, from its own rule. An eve is the day before
a closed one.
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from pyluach.dates import GregorianDate, HebrewDate

ISRAEL = ZoneInfo("Asia/Jerusalem")

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
_DAY = timedelta(days=1)
_NISAN = 1


class DayKind(StrEnum):
    """How a day differs from an ordinary working day."""

    ORDINARY = "ordinary"
    FRIDAY = "friday"
    CLOSED = "closed"
    EVE = "eve"
    CHOL_HAMOED = "chol_hamoed"
    REDUCED = "reduced"
    HOLOCAUST_DAY = "holocaust_day"
    MEMORIAL_DAY = "memorial_day"


@lru_cache(maxsize=4096)
def kind_of_day(day: date) -> DayKind:
    """The strictest kind that fits. The ninth of Av counts as closed: nobody is sold to on a day of mourning."""
    if day.weekday() == SATURDAY or _is_holiday(day):
        return DayKind.CLOSED
    hebrew = GregorianDate.from_pydate(day).to_heb()
    if hebrew.fast_day() == "9 of Av":
        return DayKind.CLOSED
    if _is_holiday(day + _DAY):
        return DayKind.MEMORIAL_DAY if _is_independence_day(day + _DAY) else DayKind.EVE
    if day == _holocaust_day(hebrew.year):
        return DayKind.HOLOCAUST_DAY
    if is_chol_hamoed(day):
        return DayKind.CHOL_HAMOED
    if hebrew.festival(israel=True) in ("Purim", "Shushan Purim"):
        return DayKind.REDUCED
    return DayKind.FRIDAY if day.weekday() == FRIDAY else DayKind.ORDINARY


def is_chol_hamoed(day: date) -> bool:
    """Whether a day lies between the holidays of Passover or Sukkot. The last one is also an eve."""
    festival = GregorianDate.from_pydate(day).to_heb().festival(israel=True)
    return festival in ("Pesach", "Succos") and not _is_holiday(day)


def _holocaust_day(hebrew_year: int) -> date:
    """27 Nisan, moved away from Friday and Sunday so that nothing about it touches Shabbat."""
    day: date = HebrewDate(hebrew_year, _NISAN, 27).to_pydate()
    if day.weekday() == FRIDAY:
        return day - _DAY
    return day + _DAY if day.weekday() == SUNDAY else day


def _is_holiday(day: date) -> bool:
    return day in _holidays(day.year)


def _is_independence_day(day: date) -> bool:
    return "Independence" in _holidays(day.year)[day]


@lru_cache(maxsize=64)
def _holidays(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("IL", years=year, language="en_US").items())

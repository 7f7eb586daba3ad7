"""The Israeli calendar of two years, against dates looked up elsewhere."""

from datetime import date, time, timedelta

import pytest

from services.scheduler.domain.working_days import DayKind, WorkingDays, is_holiday

CLOSED = [
    *("2026-04-02", "2026-04-08", "2026-04-22", "2026-05-22", "2026-09-12", "2026-09-13", "2026-09-21"),
    *("2026-09-26", "2026-10-03", "2027-04-22", "2027-04-28", "2027-05-12", "2027-06-11", "2027-10-02"),
    *("2027-10-03", "2027-10-11", "2027-10-16", "2027-10-23"),
]
SHORT = {
    "2026-03-03": "פורים",
    "2026-03-04": "שושן פורים",
    "2026-04-01": "ערב פסח",
    "2026-04-05": "חול המועד פסח",
    "2026-04-07": "ערב שביעי של פסח",
    "2026-04-21": "יום הזיכרון",
    "2026-05-21": "ערב שבועות",
    "2026-07-23": "ט׳ באב",
    "2026-09-20": "ערב יום כיפור",
    "2026-09-28": "חול המועד סוכות",
    "2027-04-27": "ערב שביעי של פסח",
    "2027-05-11": "יום הזיכרון",
    "2027-06-10": "ערב שבועות",
    "2027-10-10": "ערב יום כיפור",
    "2028-05-01": "יום הזיכרון",  # postponed by a day, with Independence Day
}


@pytest.mark.parametrize("day", CLOSED)
def test_holidays_are_closed(day):
    assert WorkingDays(fridays=True).closes(date.fromisoformat(day)) is None


@pytest.mark.parametrize(("day", "reason"), SHORT.items())
def test_eves_and_half_days_end_early_and_say_why(day, reason):
    moment = date.fromisoformat(day)
    assert WorkingDays().on(moment).kind is DayKind.SHORT
    assert WorkingDays().on(moment).reason == reason
    assert WorkingDays(short_day_ends=time(12, 30)).closes(moment) == time(12, 30)


@pytest.mark.parametrize("day", ["2026-10-02", "2027-10-22"])
def test_hoshana_raba_is_an_eve_though_it_is_a_friday(day):
    assert WorkingDays(fridays=True).on(date.fromisoformat(day)).kind is DayKind.SHORT
    assert WorkingDays().closes(date.fromisoformat(day)) is None


def test_every_other_day_but_the_weekend_is_open():
    known = {*CLOSED, *SHORT}
    day = date(2026, 10, 4)
    while day < date(2027, 3, 22):
        kind = WorkingDays().on(day).kind
        assert day.isoformat() not in known
        assert kind is (DayKind.CLOSED if day.weekday() in (4, 5) else DayKind.OPEN)
        day += timedelta(days=1)


WHOLE_YEARS = """
2026-01-01 2027-12-31
closed 2026-04-02 2026-04-08 2026-04-22 2026-09-13 2026-09-21
closed 2027-04-22 2027-04-28 2027-05-12 2027-10-03 2027-10-11
short 2026-03-03 2026-03-04 2026-04-01 2026-04-05 2026-04-06 2026-04-07 2026-04-21 2026-05-21 2026-07-23 2026-09-20
short 2026-09-27 2026-09-28 2026-09-29 2026-09-30 2026-10-01
short 2027-03-23 2027-03-24 2027-04-21 2027-04-25 2027-04-26 2027-04-27 2027-05-11 2027-06-10 2027-08-12 2027-10-10
short 2027-10-17 2027-10-18 2027-10-19 2027-10-20 2027-10-21
"""
"""Every day from Sunday to Thursday of two years that is no whole working day."""


def test_two_years_are_what_other_calendars_say():
    (first, last), *rows = [line.split() for line in WHOLE_YEARS.split("\n") if line]
    expected = {day: kind for kind, *days in rows for day in days}
    found = {}
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        kind = WorkingDays().on(day).kind
        if day.weekday() not in (4, 5) and kind is not DayKind.OPEN:
            found[day.isoformat()] = kind.value
        day += timedelta(days=1)
    assert found == expected


def test_fridays_can_be_worked_as_short_days():
    friday = date(2026, 11, 27)
    assert WorkingDays().closes(friday) is None
    assert WorkingDays(fridays=True).closes(friday) == time(13, 0)
    assert WorkingDays(fridays=True).closes(friday + timedelta(days=1)) is None


def test_days_of_a_companys_own_and_chol_hamoed_can_be_closed():
    election, chol_hamoed, last = date(2026, 10, 27), date(2026, 4, 6), date(2026, 4, 7)
    ours = WorkingDays(chol_hamoed=False, closed_days=frozenset({election}))
    assert [ours.closes(day) for day in (election, chol_hamoed, last)] == [None, None, None]
    assert ours.closes(date(2026, 4, 1)) == time(13, 0), "the eve before the holidays is an eve"
    assert WorkingDays().closes(last) == time(13, 0)


@pytest.mark.parametrize("year", range(2020, 2051))
def test_every_year_has_nine_holidays_and_each_has_its_eve(year):
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range(366) if (first + timedelta(days=n)).year == year]
    calendar = WorkingDays(fridays=True)
    holidays = [day for day in days if is_holiday(day)]
    assert len(holidays) == 9
    for day in holidays:
        assert calendar.on(day).kind is DayKind.CLOSED
        before = day - timedelta(days=1)
        eve = DayKind.CLOSED if is_holiday(before) or before.weekday() == 5 else DayKind.SHORT
        assert calendar.on(before).kind is eve
    weekdays = [day for day in days if day.weekday() not in (4, 5)]
    assert all(calendar.on(day).kind is not DayKind.CLOSED for day in weekdays if day not in holidays)
    short = [day for day in weekdays if calendar.on(day).kind is DayKind.SHORT]
    assert 12 <= len(short) <= 22
    assert all(calendar.on(day).reason for day in short)
    assert all(calendar.on(day).kind is DayKind.CLOSED for day in days if day.weekday() == 5)

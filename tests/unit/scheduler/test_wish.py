"""Wishes for a time as people type them, on a Sunday at ten."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.domain.wish import read_wish

ISRAEL = ZoneInfo("Asia/Jerusalem")
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=ISRAEL)


def _walls(wish: str, now: datetime = SUNDAY) -> str:
    window = read_wish(wish, now, ISRAEL)
    start, end = window.start.astimezone(ISRAEL), window.end.astimezone(ISRAEL)
    return f"{start:%a %d %H:%M}" if window.exact else f"{start:%a %d %H:%M} to {end:%a %d %H:%M}"


@pytest.mark.parametrize(
    ("wish", "means"),
    [
        ("2026-11-25", "Wed 25 00:00 to Thu 26 00:00"),
        (" 2026-11-25 / afternoon ", "Wed 25 12:00 to Wed 25 17:00"),
        ("2026-11-25/2026-11-27", "Wed 25 00:00 to Sat 28 00:00"),
        ("2026-11-25T10:00", "Wed 25 10:00"),
        ("2026-11-25T10:00/2026-11-25T14:00", "Wed 25 10:00 to Wed 25 14:00"),
        ("2026-11-25T08:00:00Z", "Wed 25 10:00"),
        ("2026-11-25T10:00+02:00", "Wed 25 10:00"),
        ("2026-11-25T10:00 02:00/2026-11-25T12:00 02:00", "Wed 25 10:00 to Wed 25 12:00"),
        ("wednesday", "Wed 25 00:00 to Thu 26 00:00"),
        ("Wed morning", "Wed 25 08:00 to Wed 25 12:00"),
        ("רביעי אחרי הצהריים", "Wed 25 12:00 to Wed 25 17:00"),
        ("ביום רביעי בבוקר", "Wed 25 08:00 to Wed 25 12:00"),
        ("יום ד'", "Wed 25 00:00 to Thu 26 00:00"),
        ("יום ד׳/ערב", "Wed 25 17:00 to Wed 25 21:00"),
        ("מחר בצהריים", "Mon 23 12:00 to Mon 23 14:00"),
        ("tomorrow", "Mon 23 00:00 to Tue 24 00:00"),
        ("מחרתיים", "Tue 24 00:00 to Wed 25 00:00"),
        ("today/evening", "Sun 22 17:00 to Sun 22 21:00"),
        ("sunday", "Sun 22 00:00 to Mon 23 00:00"),
        ("ראשון/אחה״צ", "Sun 22 12:00 to Sun 22 17:00"),
        ("sunday/wednesday", "Sun 22 00:00 to Thu 26 00:00"),
        ("thursday/monday", "Thu 26 00:00 to Tue 01 00:00"),
        ("25.11.2026", "Wed 25 00:00 to Thu 26 00:00"),
        ("25.11", "Wed 25 00:00 to Thu 26 00:00"),
        ("5.1", "Tue 05 00:00 to Wed 06 00:00"),  # of the year to come
        ("25.11/בוקר", "Wed 25 08:00 to Wed 25 12:00"),
        ("2026-11-25 9:30", "Wed 25 09:30"),
        ("wednesday at 14:00", "Wed 25 14:00"),
        ("ביום רביעי ב-10:30", "Wed 25 10:30"),
        ("מחר בשעה 10:30", "Mon 23 10:30"),
        ("25.11 10:00/25.11 14:00", "Wed 25 10:00 to Wed 25 14:00"),
        ("this week", "Sun 22 00:00 to Sun 29 00:00"),
        ("בשבוע הבא", "Sun 29 00:00 to Sun 06 00:00"),
        ("monday/next week", "Mon 23 00:00 to Sun 06 00:00"),
    ],
)
def test_it_means(wish, means):
    assert _walls(wish) == means


def test_a_part_of_this_weekday_that_is_over_is_next_weeks():
    assert _walls("sunday morning", SUNDAY + timedelta(hours=3)) == "Sun 29 08:00 to Sun 29 12:00"
    assert _walls("sunday 12:59", SUNDAY + timedelta(hours=3)) == "Sun 29 12:59"
    assert _walls("sunday 13:01", SUNDAY + timedelta(hours=3)) == "Sun 22 13:01"
    assert _walls("today morning", SUNDAY + timedelta(hours=3)) == "Sun 22 08:00 to Sun 22 12:00"


@pytest.mark.parametrize(
    "wish",
    ["", "some day", "2026-13-01", "2026-11-25/soon", "31.11", "2026-11-25 25:00", "10:00", "afternoon", "/", "T"],
)
def test_what_is_no_time_is_told_how_to_write_one(wish):
    with pytest.raises(ValueError, match="write a day"):
        read_wish(wish, SUNDAY, ISRAEL)


def test_a_window_that_ends_first_is_told():
    with pytest.raises(ValueError, match="ends before it starts"):
        read_wish("2026-11-25T10:00/2026-11-24T10:00", SUNDAY, ISRAEL)


@given(st.dates(date(2024, 1, 1), date(2035, 1, 1)), st.sampled_from(["Asia/Jerusalem", "Europe/London"]))
def test_a_day_is_the_whole_day_whatever_the_clocks_do(day, zone):
    window = read_wish(day.isoformat(), SUNDAY, ZoneInfo(zone))
    start, end = window.start.astimezone(ZoneInfo(zone)), window.end.astimezone(ZoneInfo(zone))
    assert (start.date(), end.date()) == (day, day + timedelta(days=1))
    assert start.time() == end.time() == datetime.min.time()
    assert timedelta(hours=23) <= window.end - window.start <= timedelta(hours=25)

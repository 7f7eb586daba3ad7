"""On which days, when, and of what a digest tells."""

from datetime import date, datetime, time

import pytest

from services.runtime.clock import ISRAEL
from services.telemetry.domain.digest_day import digest_due

EIGHT = time(8, 0)


def due(moment: str, at: time = EIGHT, last: str | None = None):
    found = digest_due(datetime.fromisoformat(moment).replace(tzinfo=ISRAEL), at, last and date.fromisoformat(last))
    return found and (found.day.isoformat(), found.since.isoformat())


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-24T07:59", None),
        ("2026-11-24T08:00", ("2026-11-24", "2026-11-23")),
        ("2026-11-24T10:59", ("2026-11-24", "2026-11-23")),
        ("2026-11-24T11:00", None),
        ("2026-11-20T08:00", None),  # Friday
        ("2026-11-21T20:00", None),  # Shabbat
        ("2026-11-22T08:00", ("2026-11-22", "2026-11-19")),  # Sunday tells of Thursday and the weekend
        ("2026-09-13T08:00", None),  # Rosh Hashana, a Sunday
        ("2026-09-14T08:00", ("2026-09-14", "2026-09-10")),
    ],
)
def test_a_digest_is_sent_on_working_days_in_the_hours_after_its_time(moment, expected):
    assert due(moment) == expected


def test_a_day_has_one_digest_and_the_next_one_tells_what_was_missed():
    assert due("2026-11-24T09:00", last="2026-11-24") is None
    assert due("2026-11-24T09:00", last="2026-11-22") == ("2026-11-24", "2026-11-22")
    assert due("2026-11-24T09:00", last="2026-01-01") == ("2026-11-24", "2026-11-10")


def test_on_the_eve_of_a_holiday_it_comes_before_the_afternoon():
    evening = time(20, 0)
    assert due("2026-09-20T12:30", at=evening) == ("2026-09-20", "2026-09-17")  # the eve of Yom Kippur
    assert due("2026-09-20T20:00", at=evening) is None
    assert due("2026-11-24T20:30", at=evening) == ("2026-11-24", "2026-11-23")

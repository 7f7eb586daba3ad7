"""Nobody abroad is woken because it is morning in Israel."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dialer.domain.calling_hours import IsraeliHours
from services.dialer.domain.hours_abroad import HoursAbroad
from services.dialer.domain.phone import read_number
from tests.unit.dialer.almanac import open_minutes

NEW_YORK, LOS_ANGELES, LONDON = "America/New_York", "America/Los_Angeles", "Europe/London"
moments = st.datetimes(datetime(2024, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("written", "zones"),
    [
        ("+1 212 555 2368", (NEW_YORK,)),
        ("+44 20 7946 0958", (LONDON,)),
        ("+1 213 555 2368", (LOS_ANGELES,)),
        ("054-2345678", ()),
    ],
)
def test_a_number_tells_where_it_may_be(written, zones):
    assert read_number(written).zones == zones


def test_morning_in_israel_is_night_in_new_york():
    hours = HoursAbroad(IsraeliHours(), (NEW_YORK,))
    sunday = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert IsraeliHours().is_open(sunday)
    assert hours.next_open(sunday) == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # Monday, nine in New York


def test_where_a_number_may_be_in_many_places_it_is_never_called():
    hours = HoursAbroad(IsraeliHours(), ("Asia/Tokyo", NEW_YORK))
    with pytest.raises(ValueError, match="call by hand"):
        hours.next_open(datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
    with pytest.raises(ValueError, match="no zone that is known"):
        HoursAbroad(IsraeliHours(), ()).next_open(datetime(2026, 11, 22, 8, 0, tzinfo=UTC))


@settings(max_examples=100, deadline=None)
@given(moments, st.sampled_from([(NEW_YORK,), (LOS_ANGELES,), (LONDON,), (NEW_YORK, LONDON), ("Asia/Tokyo",)]))
def test_the_next_opening_is_working_time_there_and_no_closed_day_here(moment, zones):
    hours = HoursAbroad(IsraeliHours(), zones)
    opening = hours.next_open(moment)
    assert opening >= moment
    for zone in zones:
        local = opening.astimezone(ZoneInfo(zone))
        assert time(9) <= local.time() < time(18, 30)
        assert local.weekday() < 5
    assert list(open_minutes(opening.astimezone(ZoneInfo("Asia/Jerusalem")).date()))
    step = max(timedelta(minutes=1), (opening - moment) / 100)
    earlier = moment
    while earlier < opening:
        assert not hours.is_open(earlier)
        earlier += step

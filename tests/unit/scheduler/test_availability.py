"""Free slots: always inside working hours of working days, never touching what is taken, whatever the clocks do."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduler.domain.availability import Availability, Busy
from services.scheduler.domain.representative import Representative
from services.scheduler.domain.slot import Slot
from services.scheduler.domain.working_days import WorkingDays
from services.scheduler.domain.working_hours import DaysOff, Weekday

ISRAEL = ZoneInfo("Asia/Jerusalem")
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=ISRAEL)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ISRAEL).astimezone(UTC)


def _wall(slot) -> str:
    return slot.start.astimezone(ISRAEL).strftime("%a %H:%M")


def test_a_day_is_cut_into_half_hours_within_working_hours(representative):
    free = Availability(representative(horizon_days=1), WorkingDays()).free(SUNDAY, [])
    assert [_wall(slot) for slot in free][:3] == ["Sun 10:00", "Sun 10:30", "Sun 11:00"]
    assert _wall([slot for slot in free if slot.start < _at(23, 0)][-1]) == "Sun 16:30"
    assert all(slot.end - slot.start == timedelta(minutes=20) for slot in free)


def test_notice_and_horizon_bound_what_is_free(representative):
    free = Availability(representative(minimum_notice_hours=25, horizon_days=3), WorkingDays()).free(SUNDAY, [])
    assert (_wall(free[0]), _wall(free[-1])) == ("Mon 11:00", "Wed 10:00")


def test_buffers_of_both_meetings_keep_their_distance(representative):
    someone = representative(buffer_before_minutes=15, buffer_after_minutes=10, horizon_days=1)
    taken = Busy("noa", *someone.occupied(_at(22, 12), _at(22, 12, 20)), owner="meeting")
    walls = [_wall(slot) for slot in Availability(someone, WorkingDays()).free(SUNDAY, [taken])]
    assert "Sun 11:00" in walls
    assert "Sun 11:30" not in walls, "it would end ten minutes before the time to prepare begins"
    assert "Sun 12:00" not in walls
    assert "Sun 12:30" not in walls
    assert "Sun 13:00" in walls


def test_what_another_representative_does_takes_nothing(representative):
    availability = Availability(representative(horizon_days=1), WorkingDays())
    assert availability.free(SUNDAY, [Busy("yoav", _at(22, 0), _at(23, 0))]) == availability.free(SUNDAY, [])


def test_limits_count_each_owner_once_a_day_and_a_week_from_sunday(representative):
    def days(**limits):
        busy = [Busy("noa", _at(23, 9), _at(23, 10), "call"), Busy("noa", _at(23, 11), _at(23, 12), "call")]
        busy.append(Busy("noa", _at(24, 9), _at(24, 10)))  # somebody's own appointment counts not
        free = Availability(representative(**limits), WorkingDays()).free(SUNDAY, busy)
        return {slot.start.astimezone(ISRAEL).day for slot in free}

    assert days(daily_limit=2) >= {22, 23, 24, 25}
    assert days(daily_limit=1) & {22, 23, 24, 25} == {22, 24, 25}
    assert days(weekly_limit=1) >= {29, 30}
    assert not days(weekly_limit=1) & {22, 23, 24, 25, 26}


def test_nobody_is_met_on_a_day_off(representative):
    away = Availability(representative(days_off=["2026-11-23", "2026-11-25/2026-11-26"], horizon_days=6), WorkingDays())
    assert {slot.start.astimezone(ISRAEL).day for slot in away.free(SUNDAY, [])} == {22, 24}
    assert away.at(_at(23, 10), SUNDAY, []) is None
    assert not away.works(Slot("noa", _at(25, 10), _at(25, 10, 20)))
    assert away.works(Slot("noa", _at(24, 10), _at(24, 10, 20)))


def test_a_short_day_ends_early_and_a_worked_friday_is_one(representative):
    someone = representative(hours={"monday": "09:00-17:00", "friday": "09:00-17:00"}, horizon_days=6)
    free = Availability(someone, WorkingDays(fridays=True)).free(SUNDAY, [])
    assert _wall([slot for slot in free if slot.start < _at(28, 0)][-1]) == "Fri 12:30"
    eve = datetime(2027, 4, 18, 10, tzinfo=ISRAEL)  # chol hamoed of Passover is 25 and 26 April
    free = Availability(representative(horizon_days=14), WorkingDays()).free(eve, [])
    last = {slot.start.astimezone(ISRAEL).date().day: _wall(slot) for slot in free}
    assert (last[20], last[21], last[26], last[29]) == ("Tue 16:30", "Wed 12:30", "Mon 12:30", "Thu 16:30")
    assert not {22, 23, 24, 28} & last.keys()


def test_nobody_is_met_while_a_siren_sounds(representative):
    for day, siren in ((4, 10), (11, 11)):  # Holocaust Day, Memorial Day
        morning = datetime(2027, 5, day, tzinfo=ISRAEL)
        for zone, length in (("Asia/Jerusalem", 30), ("Europe/London", 30), ("Asia/Jerusalem", 60)):
            hours = {"tuesday": "06:00-17:00"}
            someone = representative(hours=hours, time_zone=zone, horizon_days=1, meeting_minutes=length)
            found = Availability(someone, WorkingDays()).free(morning, [])
            walls = [(slot.start.astimezone(ISRAEL), slot.end.astimezone(ISRAEL)) for slot in found]
            sounds = morning.replace(hour=siren)
            assert not [wall for wall in walls if wall[0] <= sounds < wall[1] or wall[0] == sounds]
            assert sounds - timedelta(hours=2) in [start for start, _ in walls]
            assert sounds + timedelta(minutes=30) in [start for start, _ in walls]
    ordinary = Availability(representative(horizon_days=1), WorkingDays()).free(SUNDAY, [])
    assert _at(22, 11) in [slot.start for slot in ordinary]


def test_a_moment_off_the_half_hours_can_be_asked_for(representative):
    availability = Availability(representative(), WorkingDays())
    slot = availability.at(_at(24, 16, 15), SUNDAY, [])
    assert slot is not None
    assert slot.slot_id == "noa-20261124T1415Z"
    assert availability.at(_at(24, 16, 45), SUNDAY, []) is None, "it would end after five"
    assert availability.at(_at(28, 10), SUNDAY, []) is None, "Shabbat"
    assert availability.at(_at(22, 9), SUNDAY, []) is None, "it has passed"


@pytest.mark.parametrize(
    ("day", "hours", "slots"),
    [
        ("2027-03-26", "01:00-04:00", ["01:00", "01:30", "03:00", "03:30"]),  # 02:00 becomes 03:00
        ("2026-10-25", "00:00-03:00", ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30"]),  # 02:00 becomes 01:00
    ],
)
def test_slots_of_the_night_in_which_the_clocks_change(representative, day, hours, slots):
    someone = representative(hours={"friday": hours, "sunday": hours}, horizon_days=2, meeting_minutes=30)
    midnight = datetime.fromisoformat(day).replace(tzinfo=ISRAEL)
    free = Availability(someone, WorkingDays(fridays=True)).free(midnight, [])
    walls = [slot.start.astimezone(ISRAEL) for slot in free]
    assert [wall.strftime("%H:%M") for wall in walls if wall.date() == midnight.date()] == slots


_minutes = st.integers(0, 47).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
_spans = st.tuples(_minutes, _minutes).filter(lambda span: span[0] < span[1]).map("-".join)
_zones = st.sampled_from(["Asia/Jerusalem", "Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"])
_nows = st.integers(0, 11 * 365 * 24 * 60).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
_changes = st.sampled_from(["2026-03-27", "2026-10-25", "2027-03-26", "2027-10-31", "2028-03-24", "2028-10-29"]).map(
    lambda day: datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1)
)
_people = st.builds(
    lambda hours, zone, minutes, before, after, off: Representative(
        id="noa",
        name="נועה",
        email="noa@example.com",
        time_zone=zone,
        hours=hours,
        meeting_minutes=minutes,
        buffer_before_minutes=before,
        buffer_after_minutes=after,
        minimum_notice_hours=1,
        horizon_days=4,
        days_off=[DaysOff(first=off, last=off + timedelta(days=1))],
    ),
    st.dictionaries(st.sampled_from(list(Weekday)), _spans, min_size=4),
    _zones,
    st.sampled_from([5, 20, 30, 45, 90]),
    st.sampled_from([0, 5, 30]),
    st.sampled_from([0, 10, 60]),
    st.one_of(st.dates(date(2024, 1, 1), date(2035, 1, 1)), _changes.map(lambda moment: moment.date())),
)
_taken = st.lists(st.tuples(st.integers(0, 96 * 60), st.integers(1, 300)), max_size=8)


@settings(max_examples=300)
@given(someone=_people, now=st.one_of(_nows, _changes), taken=_taken, fridays=st.booleans())
def test_a_free_slot_is_always_honest(someone, now, taken, fridays):
    calendar = WorkingDays(fridays=fridays)
    busy = [
        Busy("noa", now + timedelta(minutes=start), now + timedelta(minutes=start + length)) for start, length in taken
    ]
    first, last = now + timedelta(hours=1), now + timedelta(days=4)
    availability = Availability(someone, calendar)
    free = availability.free(now, busy)
    assert [slot.start for slot in free] == sorted({slot.start for slot in free})
    for slot in free:
        assert slot.end - slot.start == timedelta(minutes=someone.meeting_minutes)
        assert first <= slot.start <= last
        start, end = slot.start.astimezone(someone.zone), slot.end.astimezone(someone.zone)
        latest = calendar.closes(start.date())
        assert latest is not None, "a closed day"
        spans = someone.hours[Weekday.of(start)]
        assert start.date() == end.date()
        assert any(hours.opens <= start.time() and end.time() <= min(hours.closes, latest) for hours in spans)
        assert start.minute % 30 == 0
        assert not someone.away(start.date())
        assert availability.works(slot)
        occupied_from, occupied_until = someone.occupied(slot.start, slot.end)
        assert all(each.end <= occupied_from or occupied_until <= each.start for each in busy)
    for slot in free[:: max(1, len(free) // 5)]:
        assert availability.at(slot.start, now, busy) == slot


@settings(max_examples=100)
@given(someone=_people, now=_nows, taken=_taken)
def test_nothing_free_is_withheld(someone, now, taken):
    """Whatever the calendar has and nothing touches is free."""
    busy = [Busy("noa", now + timedelta(minutes=start), now + timedelta(minutes=start + n)) for start, n in taken]
    availability = Availability(someone, WorkingDays())
    expected = []
    for slot in availability.free(now, []):
        start, end = someone.occupied(slot.start, slot.end)
        if all(each.end <= start or end <= each.start for each in busy):
            expected.append(slot)
    assert availability.free(now, busy) == expected


@settings(max_examples=100)
@given(someone=_people, now=st.one_of(_nows, _changes), daily=st.integers(1, 3), weekly=st.integers(1, 5))
def test_filling_every_free_slot_never_breaks_a_limit_or_a_buffer(someone, now, daily, weekly):
    """Whoever books what is free, one slot after the other, ends with a calendar that keeps every rule."""
    limited = someone.model_copy(update={"daily_limit": daily, "weekly_limit": weekly})
    availability, busy = Availability(limited, WorkingDays(fridays=True)), []
    while (free := availability.free(now, busy)) and len(busy) < 12:
        slot = free[len(free) // 2]
        busy.append(Busy("noa", *limited.occupied(slot.start, slot.end), owner=str(len(busy))))
    taken = sorted((each.start, each.end) for each in busy)
    assert all(one[1] <= later[0] for one, later in pairwise(taken))
    starts = [start + timedelta(minutes=limited.buffer_before_minutes) for start, _ in taken]
    days = Counter(start.astimezone(limited.zone).date() for start in starts)
    weeks = Counter(day - timedelta(days=(day.weekday() + 1) % 7) for day in days.elements())
    assert max(days.values(), default=0) <= daily
    assert max(weeks.values(), default=0) <= weekly

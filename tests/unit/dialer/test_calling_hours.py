"""When a business in Israel may be called. The days of 2026 and 2027 are written out here, as a calendar has them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dialer.domain.calling_hours import AlwaysOpen, IsraeliHours
from services.dialer.domain.israeli_calendar import ISRAEL, SATURDAY, DayKind, kind_of_day

HOURS = IsraeliHours()


def _days_of(text: str) -> list[str]:
    return text.split()


CLOSED = _days_of("""2026-04-02 2026-04-08 2026-04-22 2026-05-22 2026-07-23 2026-09-12 2026-09-13 2026-09-21 2026-09-26
2026-10-03 2027-04-22 2027-04-28 2027-05-12 2027-06-11 2027-08-12 2027-10-02 2027-10-03 2027-10-11 2027-10-16
2027-10-23""")
EVES = _days_of("""2026-04-01 2026-04-07 2026-05-21 2026-09-11 2026-09-20 2026-09-25 2026-10-02 2027-04-21 2027-04-27
2027-06-10 2027-10-01 2027-10-10 2027-10-15 2027-10-22""")
CHOL_HAMOED = _days_of("""2026-04-03 2026-04-05 2026-04-06 2026-09-27 2026-09-28 2026-09-29 2026-09-30 2026-10-01
2027-04-23 2027-04-25 2027-04-26 2027-10-17 2027-10-18 2027-10-19 2027-10-20 2027-10-21""")
REDUCED = _days_of("2026-03-03 2026-03-04 2027-03-23 2027-03-24")
HOLOCAUST_DAYS = _days_of("2026-04-14 2027-05-04")
MEMORIAL_DAYS = _days_of("2026-04-21 2027-05-11")

moments = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(day: str, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), ISRAEL)


def days(year_from: int, year_to: int) -> list[date]:
    first = date(year_from, 1, 1)
    return [first + timedelta(days=each) for each in range((date(year_to, 1, 1) - first).days)]


def test_every_day_of_two_years_is_of_the_kind_the_calendar_says():
    special = {
        DayKind.CLOSED: CLOSED,
        DayKind.EVE: EVES,
        DayKind.CHOL_HAMOED: CHOL_HAMOED,
        DayKind.REDUCED: REDUCED,
        DayKind.HOLOCAUST_DAY: HOLOCAUST_DAYS,
        DayKind.MEMORIAL_DAY: MEMORIAL_DAYS,
    }
    expected = {date.fromisoformat(day): kind for kind, listed in special.items() for day in listed}
    for day in days(2026, 2028):
        ordinary = {4: DayKind.FRIDAY, SATURDAY: DayKind.CLOSED}.get(day.weekday(), DayKind.ORDINARY)
        assert kind_of_day(day) is expected.get(day, ordinary), day


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-11-22", time(9), time(18, 30)),  # Sunday
        ("2026-11-26", time(9), time(18, 30)),  # Thursday
        ("2026-11-27", time(9), time(12, 30)),  # Friday
        ("2026-09-20", time(9), time(12, 0)),  # the eve of Yom Kippur
        ("2026-09-29", time(9), time(12, 0)),  # chol hamoed
        ("2026-12-08", time(9), time(18, 30)),  # Hanukkah
    ],
)
def test_a_day_opens_and_closes(day, first, last):
    opening, closing = (datetime.combine(date.fromisoformat(day), each, ISRAEL) for each in (first, last))
    assert HOURS.is_open(opening)
    assert HOURS.is_open(closing - timedelta(seconds=1))
    assert not HOURS.is_open(opening - timedelta(seconds=1))
    assert not HOURS.is_open(closing)


@pytest.mark.parametrize("day", [*CLOSED, "2026-11-21", "2026-11-28"])
def test_closed_days_have_no_hours(day):
    assert HOURS.spans(date.fromisoformat(day)) == ()


@pytest.mark.parametrize("day", HOLOCAUST_DAYS)
def test_nobody_is_called_into_the_siren_of_holocaust_day(day):
    assert HOURS.is_open(at(day, 9, 30))
    assert not HOURS.is_open(at(day, 10, 0))
    assert HOURS.is_open(at(day, 10, 10))
    assert HOURS.next_open(at(day, 9, 55)) == at(day, 10, 10)


@pytest.mark.parametrize("day", MEMORIAL_DAYS)
def test_memorial_day_is_short_and_silent_at_eleven(day):
    assert HOURS.is_open(at(day, 10, 0))
    assert not HOURS.is_open(at(day, 11, 0))
    assert HOURS.is_open(at(day, 11, 30))
    assert not HOURS.is_open(at(day, 12, 0))


def test_chol_hamoed_can_be_closed():
    strict = IsraeliHours(on_chol_hamoed=False)
    assert strict.next_open(at("2026-09-27", 10)) == at("2026-10-04", 9), "not on its last day either, an eve"


def test_an_election_day_is_closed_by_setting():
    election = IsraeliHours(closed_days=frozenset({date(2026, 11, 24)}))
    assert election.next_open(at("2026-11-24", 9)) == at("2026-11-25", 9)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (at("2026-11-21", 12), at("2026-11-22", 9)),  # Shabbat noon: Sunday
        (at("2026-11-27", 13), at("2026-11-29", 9)),  # Friday afternoon: Sunday
        (at("2026-09-11", 12), at("2026-09-14", 9)),  # Rosh Hashana on Shabbat and Sunday: Monday
        (at("2026-03-26", 19), at("2026-03-27", 9)),  # the night in which summer time begins
        (at("2026-10-24", 20), at("2026-10-25", 9)),  # the night in which it ends
        (at("2026-11-22", 10), at("2026-11-22", 10)),
    ],
)
def test_the_next_opening(now, opening):
    assert HOURS.next_open(now) == opening


def test_an_election_every_day_is_an_error_with_its_cure():
    closed = IsraeliHours(closed_days=frozenset(days(2026, 2028)))
    with pytest.raises(ValueError, match="EXTRA_CLOSED_DAYS"):
        closed.next_open(at("2026-11-22", 10))


@given(moments)
def test_open_means_within_civil_hours_and_never_on_shabbat(moment):
    local = moment.astimezone(ISRAEL)
    if HOURS.is_open(moment):
        assert time(9) <= local.time() < time(18, 30)
        assert local.weekday() != SATURDAY
        assert kind_of_day(local.date()) is not DayKind.CLOSED
        assert local.weekday() != 4 or local.time() < time(12, 30)


@given(moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(moment):
    opening = HOURS.next_open(moment)
    assert opening >= moment
    assert HOURS.is_open(opening)
    assert opening == moment or opening.astimezone(ISRAEL).time() in (time(9), time(10, 10), time(11, 10))
    for minutes in range(0, int((opening - moment).total_seconds() // 60), 17):
        assert not HOURS.is_open(moment + timedelta(minutes=minutes))


@given(st.integers(2024, 2040))
def test_every_year_has_its_holidays_and_sirens(year):
    kinds = [kind_of_day(day) for day in days(year, year + 1)]
    assert kinds.count(DayKind.HOLOCAUST_DAY) == 1
    assert kinds.count(DayKind.MEMORIAL_DAY) == 1
    assert 225 <= kinds.count(DayKind.ORDINARY) <= 245


def test_a_simulated_carrier_is_always_open():
    assert AlwaysOpen().is_open(at("2026-11-21", 3))
    assert AlwaysOpen().next_open(at("2026-11-21", 3)) == at("2026-11-21", 3)

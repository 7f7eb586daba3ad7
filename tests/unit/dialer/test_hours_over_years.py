"""Calling hours over many years, compared with an almanac that shares nothing with them, and that one with a printed
calendar of two years."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.values import Disposition, Outcome
from services.dialer.domain.best_call_time import heeding, read_wish
from services.dialer.domain.calling_hours import IsraeliHours
from services.dialer.domain.israeli_calendar import ISRAEL
from services.dialer.domain.redial import after_call
from services.dialer.domain.weekly_hours import EVERY_DAY, Narrowed, WeeklyHours
from services.scheduler.domain.calling_hours import IsraeliHours as PromisedHours
from tests.unit.dialer.almanac import FRIDAY, SATURDAY, lawful, local, open_minutes, year_of
from tests.unit.dialer.samples import campaign

HOURS = IsraeliHours()
FIRST, LAST = date(2024, 1, 1), date(2037, 1, 1)
PRINTED = [json.loads(row) for row in Path(__file__).with_name("il_calendar_2026_2027.jsonl").read_text().splitlines()]
MINUTE = timedelta(minutes=1)

over_years = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
minutes_of_day = st.one_of(
    st.integers(0, 24 * 60 - 1),
    st.sampled_from([540, 590, 610, 650, 670, 720, 750, 1110]).flatmap(lambda edge: st.integers(edge - 2, edge + 2)),
)
SPECIAL = sorted(
    day
    for number in range(FIRST.year, LAST.year)
    for year in [year_of(date(number, 6, 1))]
    for day in year.closed | year.eves | year.chol_hamoed | year.purim | {year.memorial_day, year.holocaust_day}
)
CLOCK_CHANGES = [
    day
    for number in range(FIRST.year, LAST.year)
    for day in (date(number, month, 31) - timedelta(days=each) for month in (3, 10) for each in range(10))
]
days = st.one_of(
    st.dates(FIRST, LAST),
    st.sampled_from(SPECIAL).flatmap(lambda day: st.integers(-2, 2).map(lambda off: day + timedelta(days=off))),
    st.sampled_from(CLOCK_CHANGES),
)
moments = st.builds(
    lambda day, minute, second: datetime.combine(day, time.min, UTC) + timedelta(minutes=minute, seconds=second),
    days,
    minutes_of_day.map(lambda wall: wall - 150),  # near the edges of Israeli days, in summer and in winter
    st.integers(0, 59),
)
"""Any moment of thirteen years; more of them about holidays, changed clocks, and hours that open or close."""


def between(first, last):
    """Moments from the first to the last, at most two hundred and at least a minute apart."""
    minutes = (last - first) // MINUTE
    return (first + each * MINUTE for each in range(0, minutes, max(1, minutes // 200)))


def every_day():
    return (FIRST + timedelta(days=each) for each in range((LAST - FIRST).days))


def test_the_almanac_agrees_with_a_printed_calendar():
    kinds = {
        "closed": lambda day, year: day in year.closed,
        "sensitive_fast": lambda day, year: day == year.fast,
        "eve": lambda day, year: day in year.eves,
        "chol_hamoed": lambda day, year: day in year.chol_hamoed,
        "reduced": lambda day, year: day in year.purim,
        "memorial_day": lambda day, year: day in (year.memorial_day, year.holocaust_day),
        "info": lambda day, year: list(open_minutes(day)) != [] or day.weekday() == SATURDAY,
    }
    for row in PRINTED:
        day = date.fromisoformat(row["date"])
        assert kinds[row["kind"]](day, year_of(day)), row
    printed = {row["date"] for row in PRINTED if row["kind"] != "info"}
    for year in (year_of(date(2026, 1, 1)), year_of(date(2027, 1, 1))):
        named = year.closed | year.eves | year.chol_hamoed | year.purim | {year.memorial_day, year.holocaust_day}
        assert {day.isoformat() for day in named} <= printed


def test_every_day_of_thirteen_years_opens_and_closes_as_the_almanac_says():
    for day in every_day():
        found = [(start.hour * 60 + start.minute, end.hour * 60 + end.minute) for start, end in HOURS.spans(day)]
        assert found == list(open_minutes(day)), f"{day:%a %Y-%m-%d}"


def test_what_is_promised_for_a_callback_is_kept_by_the_dialer():
    """The scheduler knows no sirens; of every other minute both services think alike."""
    promised = PromisedHours()
    for day in every_day():
        spans = list(open_minutes(day))
        for minute in [spans[0][0], spans[-1][1] - 1] if spans else []:
            moment = datetime.combine(day, time(minute // 60, minute % 60), ISRAEL).astimezone(UTC)
            assert promised.opening(moment).at == moment
        closes = spans[-1][1] if spans else 12 * 60
        after = datetime.combine(day, time(closes // 60, closes % 60), ISRAEL).astimezone(UTC)
        moved = promised.opening(after).at
        assert moved > after
        assert lawful(moved), f"{day:%a %Y-%m-%d}"


@over_years
@given(moments)
def test_open_is_what_the_almanac_calls_lawful(moment):
    assert HOURS.is_open(moment) == lawful(moment)


@over_years
@given(moments)
def test_the_next_opening_is_the_first_lawful_moment(moment):
    opening = HOURS.next_open(moment)
    assert lawful(opening)
    assert opening == moment or not lawful(opening - timedelta(microseconds=1))
    assert not any(lawful(each) for each in between(moment, opening))


@over_years
@given(moments)
def test_what_nobody_may_ever_do(moment):
    """Said once more in plain words, for whoever trusts neither side."""
    if not HOURS.is_open(moment):
        return
    wall = local(moment)
    assert wall.weekday() != SATURDAY
    assert time(9) <= wall.time() < time(18, 30)
    assert wall.weekday() != FRIDAY or wall.time() < time(12, 30)
    year = year_of(wall.date())
    assert wall.date() not in year.closed
    assert wall.date() not in year.eves or wall.time() < time(12)
    assert wall.date() != year.holocaust_day or not time(9, 50) <= wall.time() < time(10, 10)
    assert wall.date() != year.memorial_day or not time(10, 50) <= wall.time() < time(11, 10)


LETTERS = "אבגדהוש"
spans_asked = st.tuples(st.integers(7, 19), st.integers(1, 8)).map(lambda span: (span[0], min(span[0] + span[1], 20)))
wishes = st.one_of(
    st.none(),
    st.builds(
        lambda days, span: (frozenset(days), span[0] * 60, span[1] * 60),
        st.sets(st.integers(0, 6), min_size=1),
        spans_asked,
    ),
)


def written(wish):
    """The wish as people write it; None for none."""
    if wish is None:
        return None
    days, start, end = wish
    return f"ימים {','.join(LETTERS[day] for day in sorted(days))} {start // 60}:00-{end // 60}:00"


def wished(wish, moment):
    """Whether the moment is one that was asked for."""
    if wish is None:
        return True
    wall = local(moment)
    days, start, end = wish
    return wall.isoweekday() % 7 in days and start <= wall.hour * 60 + wall.minute < end


@over_years
@given(moments, wishes, wishes)
def test_a_wish_and_a_campaign_only_ever_narrow(moment, wish, plan):
    """Open exactly when the law, the campaign and the person agree; a wish that is never met is told, not heeded."""
    hours = HOURS if plan is None else Narrowed(HOURS, _week(plan))
    narrowed, unheeded = heeding(hours, written(wish), moment)
    heeded = None if unheeded else wish
    assert narrowed.is_open(moment) == (lawful(moment) and wished(plan, moment) and wished(heeded, moment))
    if isinstance(narrowed, Narrowed) and narrowed.first(moment) is None:
        assert plan is not None  # such a campaign is refused when it is made
        return
    opening = narrowed.next_open(moment)
    assert opening >= moment
    assert all((lawful(opening), wished(plan, opening), wished(heeded, opening)))
    for earlier in between(moment, opening):
        assert not (lawful(earlier) and wished(plan, earlier) and wished(heeded, earlier))


@pytest.mark.parametrize("wish", [(frozenset({0, 2}), 9 * 60, 12 * 60), (frozenset({6}), 9 * 60, 10 * 60)])
def test_wishes_are_read_as_they_are_written_here(wish):
    assert read_wish(written(wish)) == _week(wish)


@over_years
@given(
    moments,
    wishes,
    st.sampled_from([Outcome.NOT_REACHED, Outcome.GATEKEEPER, Outcome.HUNG_UP, Outcome.NO_RESPONSE, Outcome.VOICEMAIL]),
    st.sampled_from([Disposition.BUSY, Disposition.NO_ANSWER, Disposition.MACHINE, Disposition.FAILED]),
    st.integers(1, 4),
    st.floats(0, 1),
)
def test_a_retry_is_planned_for_a_lawful_moment_later_on(moment, wish, outcome, disposition, attempts, jitter):
    hours, unheeded = heeding(HOURS, written(wish), moment)
    after = after_call(outcome, disposition, attempts=attempts, max_attempts=9, now=moment, hours=hours, jitter=jitter)
    assert after.due_at is not None
    assert after.due_at >= moment + timedelta(minutes=15)
    assert lawful(after.due_at)
    assert wished(None if unheeded else wish, after.due_at)


@over_years
@given(moments, wishes)
def test_a_campaign_s_hours_are_within_the_lawful_ones(moment, plan):
    if plan is None:
        assert campaign().hours(HOURS) is HOURS
        return
    days, start, end = plan
    asked = {"days": sorted(days), "start": f"{start // 60:02}:00", "end": f"{end // 60:02}:00"}
    hours = campaign(hours=asked).hours(HOURS)
    assert hours.is_open(moment) == (lawful(moment) and wished(plan, moment))


def _week(wish):
    days, start, end = wish
    return WeeklyHours.on(days or EVERY_DAY, [(time(start // 60), time(end // 60))])

"""When a callback falls due: at the wish, or as soon after it as the lead may be called, with the reason."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.meetings import CallbackRequested
from contracts.values import TimeWindow
from services.scheduler.domain.callback import Callback
from services.scheduler.domain.calling_hours import AlwaysOpen, IsraeliHours
from services.scheduler.domain.working_days import DayKind, WorkingDays

ISRAEL = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ISRAEL)


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ISRAEL)


def _callback(start: datetime, end: datetime, now: datetime = NOW, hours=None) -> Callback:
    event = CallbackRequested(
        occurred_at=now,
        callback_id=uuid4(),
        lead_id="dana",
        call_id=uuid4(),
        window=TimeWindow(start=start, end=end),
    )
    return Callback.of(event, hours or IsraeliHours(), now)


@pytest.mark.parametrize(
    ("wished", "due", "because"),
    [
        ("2026-11-24T16:00", "2026-11-24T16:00", None),
        ("2026-11-24T20:00", "2026-11-25T09:00", "calls are made from 09:00 to 18:30"),
        ("2026-11-24T18:30", "2026-11-25T09:00", "calls are made from 09:00 to 18:30"),
        ("2026-11-24T07:00", "2026-11-24T09:00", "calls are made from 09:00 to 18:30"),
        ("2026-11-27T13:00", "2026-11-29T09:00", "calls are made from 09:00 to 12:30 on יום שישי"),
        ("2026-11-28T10:00", "2026-11-29T09:00", "nobody is called on שבת"),
        ("2027-04-22T10:00", "2027-04-23T09:00", "nobody is called on פסח"),
        ("2027-04-21T12:00", "2027-04-23T09:00", "calls are made from 09:00 to 12:00 on ערב פסח"),
        ("2027-08-12T10:00", "2027-08-13T09:00", "nobody is called on ט׳ באב"),
    ],
)
def test_a_moment_is_kept_or_moved_with_the_reason(wished, due, because):
    callback = _callback(_at(wished), _at(wished))
    assert (callback.due_at, callback.moved_because) == (_at(due), because)


def test_within_a_wish_that_opens_later_nothing_was_moved():
    callback = _callback(_at("2026-11-24T07:00"), _at("2026-11-24T10:00"))
    assert (callback.due_at, callback.moved_because) == (_at("2026-11-24T09:00"), None)


def test_a_wish_that_has_passed_is_due_now_or_when_calls_are_made():
    past = _at("2026-11-22T09:30")
    assert _callback(past, past).due_at == NOW
    tonight = _at("2026-11-22T22:00")
    assert _callback(past, past, now=tonight).due_at == _at("2026-11-23T09:00")


def test_what_is_looked_at_too_late_in_the_day_waits_for_the_next_morning():
    callback = _callback(_at("2026-11-24T16:00"), _at("2026-11-24T16:00"))
    later = callback.opened(IsraeliHours(), _at("2026-11-24T23:00"))
    assert (later.due_at, later.moved_because) == (_at("2026-11-25T09:00"), "calls are made from 09:00 to 18:30")
    assert callback.opened(IsraeliHours(), _at("2026-11-24T16:05")) == callback


def test_simulated_people_never_sleep():
    night = _at("2026-11-24T03:00")
    assert _callback(night, night, hours=AlwaysOpen()).due_at == night


def test_days_closed_by_setting_and_chol_hamoed_are_heeded():
    closed = IsraeliHours(WorkingDays(fridays=True, chol_hamoed=False, closed_days=frozenset({date(2026, 11, 24)})))
    assert closed.opening(_at("2026-11-24T10:00")).at == _at("2026-11-25T09:00")
    assert closed.opening(_at("2027-04-25T10:00")).at == _at("2027-04-29T09:00")
    assert IsraeliHours().opening(_at("2027-04-25T10:00")).at == _at("2027-04-25T10:00")


@given(st.integers(0, 12 * 365 * 24 * 60).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n)))
def test_an_opening_is_open_soon_and_never_early(moment):
    opening = IsraeliHours().opening(moment)
    local = opening.at.astimezone(ISRAEL)
    assert moment <= opening.at <= moment + timedelta(days=5)
    assert (opening.reason is None) == (opening.at == moment)
    assert WorkingDays(fridays=True).on(local.date()).kind is not DayKind.CLOSED
    assert (9, 0) <= (local.hour, local.minute) < (18, 30)
    assert IsraeliHours().opening(opening.at).at == opening.at

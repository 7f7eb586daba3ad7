"""What becomes of a lead after a call, and how fast calls are placed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Disposition, Outcome
from services.dialer.domain.calling_hours import AlwaysOpen, IsraeliHours
from services.dialer.domain.lead import LeadState
from services.dialer.domain.pacing import PAUSE, Pace, backoff_s
from services.dialer.domain.redial import FINAL, Next, after_call, retry_delay
from tests.unit.dialer.samples import NOW

RETRIED = [Outcome.GATEKEEPER, Outcome.VOICEMAIL, Outcome.HUNG_UP, Outcome.NO_RESPONSE, Outcome.NOT_REACHED]


def after(outcome, disposition=Disposition.ANSWERED, attempts=1, hours=None, now=NOW) -> Next:
    return after_call(
        outcome,
        disposition,
        attempts=attempts,
        max_attempts=3,
        now=now,
        hours=hours or IsraeliHours(),
        jitter=0.5,
    )


@pytest.mark.parametrize("outcome", FINAL)
def test_final_outcomes(outcome):
    found = after(outcome)
    assert found.state is (LeadState.OPTED_OUT if outcome is Outcome.OPTED_OUT else LeadState.DONE)
    assert found.due_at is None


@pytest.mark.parametrize("outcome", RETRIED)
def test_who_was_not_really_reached_is_called_again_within_hours(outcome):
    found = after(outcome)
    assert found.state is LeadState.WAITING
    assert found.due_at is not None
    assert found.due_at > NOW
    assert IsraeliHours().is_open(found.due_at)


@pytest.mark.parametrize("outcome", RETRIED)
def test_the_budget_ends_it(outcome):
    assert after(outcome, attempts=3).state is LeadState.EXHAUSTED


def test_a_callback_is_awaited_whatever_the_budget():
    assert after(Outcome.CALLBACK_SCHEDULED, attempts=7).state is LeadState.AWAITING_CALLBACK


def test_an_unsettled_call_is_not_repeated_by_itself():
    assert after(Outcome.NOT_REACHED, Disposition.UNKNOWN).state is LeadState.UNSETTLED


def test_a_busy_line_is_tried_sooner_than_one_that_nobody_answers():
    busy, unanswered = (after(Outcome.NOT_REACHED, each).due_at for each in (Disposition.BUSY, Disposition.NO_ANSWER))
    assert busy < unanswered


def test_on_friday_afternoon_the_retry_waits_for_sunday():
    found = after(Outcome.NOT_REACHED, Disposition.BUSY, now=datetime(2026, 11, 27, 10, 25, tzinfo=UTC))
    assert found.due_at == datetime(2026, 11, 29, 7, 0, tzinfo=UTC)


@given(
    st.sampled_from(RETRIED),
    st.sampled_from(list(Disposition)),
    st.integers(1, 8),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_delays_grow_whatever_the_jitter(outcome, disposition, attempts, one, other):
    assert retry_delay(outcome, disposition, attempts, one) < retry_delay(outcome, disposition, attempts + 1, other)


@given(st.sampled_from(list(Outcome)), st.sampled_from(list(Disposition)), st.integers(0, 9))
def test_every_end_of_a_call_leads_somewhere(outcome, disposition, attempts):
    found = after(outcome, disposition, attempts, AlwaysOpen())
    assert (found.due_at is not None) == (found.state is LeadState.WAITING)
    assert found.reason


@given(st.lists(st.floats(0, 10), min_size=2, max_size=40), st.floats(0.5, 50))
def test_no_two_calls_are_placed_closer_than_the_pace(waits, per_second):
    pace, now, taken = Pace(NOW), NOW, []
    for wait in waits:
        now += timedelta(seconds=wait)
        pace, mine = pace.take(now, per_second)
        assert mine >= now
        taken.append(mine)
    gaps = [later - earlier for earlier, later in pairwise(taken)]
    assert min(gaps) >= timedelta(seconds=1 / per_second) - timedelta(microseconds=1)


def test_trouble_pauses_dialing_and_one_call_tries_again():
    pace = Pace(NOW).broken("the account is suspended", NOW)
    assert pace.paused(NOW) == "the account is suspended"
    later = NOW + PAUSE
    assert pace.paused(later) is None
    assert pace.probing(later).paused(later) == "the account is suspended"
    assert pace.probing(later).mended().paused(later) is None
    assert Pace(NOW).probing(later).paused(later) is None


@given(st.integers(0, 100), st.floats(0, 1))
def test_backing_off_is_bounded(times, jitter):
    assert 0.5 <= backoff_s(times, jitter) <= 30

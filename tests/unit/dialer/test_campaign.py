"""How a campaign gets from its draft to its end, what it may call meanwhile, and who shares the room with it."""

from collections import deque
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.control import CampaignState
from contracts.values import Disposition, Outcome
from services.dialer.domain.breaker import LIMIT, LONGEST_PAUSE, PAUSE, Breaker
from services.dialer.domain.budget import Budget
from services.dialer.domain.calling_hours import AlwaysOpen, IsraeliHours
from services.dialer.domain.campaign import NotPossible
from services.dialer.domain.fair_share import Lane, next_lane
from services.dialer.domain.gate_context import History
from services.dialer.domain.pacing import UNANSWERED_LIMIT, Pace
from services.dialer.domain.redial import after_call
from tests.unit.dialer.samples import NOW, campaign, lead

MINUTE = timedelta(minutes=1)


def running(**plan):
    return campaign(**plan).started(NOW)


def failing(given, times, now=NOW, error="sip 503"):
    for _ in range(times):
        given = given.call_over(Disposition.FAILED, Outcome.NOT_REACHED, error, now)
    return given


def test_from_its_draft_to_its_end():
    draft = campaign()
    assert (draft.state, draft.running, draft.begun) == (CampaignState.DRAFT, False, False)
    started = draft.started(NOW)
    assert (started.state, started.started_at, started.running) == (CampaignState.RUNNING, NOW, True)
    assert started.started(NOW + MINUTE) == started
    paused = started.paused("lunch")
    assert (paused.state, paused.reason, paused.begun) == (CampaignState.PAUSED, "lunch", True)
    assert paused.resumed(NOW) == started
    stopping = paused.stopped("enough", 2, NOW)
    assert (stopping.state, stopping.finished_at) == (CampaignState.STOPPING, None)
    stopped = stopping.stopped("enough", 0, NOW)
    assert (stopped.state, stopped.reason, stopped.finished_at) == (CampaignState.STOPPED, "enough", NOW)
    again = stopped.started(NOW + MINUTE)
    assert (again.state, again.started_at, again.finished_at) == (CampaignState.RUNNING, NOW, None)
    assert again.finished(NOW).started(NOW).running


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (campaign(), lambda each: each.paused("x")),
        (campaign(), lambda each: each.resumed(NOW)),
        (running().finished(NOW), lambda each: each.resumed(NOW)),
        (running().finished(NOW), lambda each: each.paused("x")),
        (running().stopped("x", 1, NOW), lambda each: each.started(NOW)),
        (running().stopped("x", 1, NOW), lambda each: each.paused("x")),
    ],
)
def test_what_cannot_be_done_says_what_can(given, step):
    with pytest.raises(NotPossible, match="autumn is"):
        step(given)


def test_what_is_over_stays_over_when_it_is_stopped():
    for over in (running().finished(NOW), campaign().stopped("x", 0, NOW)):
        assert over.stopped("again", 0, NOW) == over


@pytest.mark.parametrize(("cap", "live", "room"), [(3, 0, 3), (3, 2, 1), (3, 5, 0), (0, 0, 0)])
def test_its_own_cap(cap, live, room):
    assert running(max_concurrent_calls=cap).room(live) == room


def test_without_a_cap_or_a_pace_only_the_system_limits_it():
    assert running().room(5_000) > 5_000
    assert running().pace(NOW) > 5_000
    assert running().began(7, NOW) == running()


@given(st.floats(0.1, 600), st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_no_more_calls_begin_than_its_pace_allows(per_minute, waits):
    given_campaign, now, begun = running(calls_per_minute=per_minute), NOW, 0
    for wait in waits:
        now += timedelta(seconds=wait)
        calls = given_campaign.pace(now)
        given_campaign = given_campaign.began(calls, now)
        begun += calls
    most = (now - NOW).total_seconds() * per_minute / 60
    assert begun <= most + 1 + 2 * per_minute / 60 + 0.001
    assert given_campaign.pace(now) == 0
    assert given_campaign.pace(now + MINUTE / per_minute) >= 1


def test_a_steady_planner_reaches_the_pace():
    given_campaign, begun = running(calls_per_minute=30), 0
    for second in range(61):
        calls = given_campaign.pace(NOW + timedelta(seconds=second))
        given_campaign = given_campaign.began(calls, NOW + timedelta(seconds=second))
        begun += calls
    assert begun == 31


def test_many_failures_in_a_row_pause_it_with_what_happened():
    before = failing(running(), LIMIT - 1)
    assert before.running
    assert not before.breaker.tripped
    paused = failing(before, 1, error="sip 404")
    assert (paused.state, paused.paused_by_breaker) == (CampaignState.PAUSED, True)
    assert f"{LIMIT} calls in a row failed" in paused.reason
    assert f"sip 503 (x{LIMIT - 1}); sip 404" in paused.reason
    assert "resume" in paused.reason


@pytest.mark.parametrize("disposition", [Disposition.ANSWERED, Disposition.BUSY, Disposition.NO_ANSWER])
def test_any_other_call_closes_the_breaker(disposition):
    mended = failing(running(), LIMIT - 1).call_over(disposition, Outcome.NOT_REACHED, None, NOW)
    assert not mended.breaker.failures
    assert failing(mended, LIMIT - 1).running


@pytest.mark.parametrize("disposition", [Disposition.NOT_DIALED, Disposition.CANCELLED])
def test_a_call_that_we_ended_ourselves_says_nothing(disposition):
    before = failing(running(), LIMIT - 1)
    assert before.call_over(disposition, Outcome.REFUSED, None, NOW) == before


def test_a_conversation_that_fails_is_a_failed_call():
    given_campaign = running()
    for _ in range(LIMIT):
        given_campaign = given_campaign.call_over(Disposition.ANSWERED, Outcome.FAILED, None, NOW)
    assert given_campaign.paused_by_breaker


def test_after_the_pause_one_call_tries_and_decides():
    paused = failing(running(max_concurrent_calls=10), LIMIT)
    assert paused.breaker.waits(NOW + PAUSE / 2)
    assert not paused.breaker.waits(NOW + PAUSE)
    trying = paused.trying()
    assert (trying.running, trying.room(0), trying.room(1)) == (True, 1, 0)
    worse = failing(trying, 1, NOW + PAUSE)
    assert worse.paused_by_breaker
    assert worse.breaker.retry_at == NOW + PAUSE + 2 * PAUSE
    better = trying.call_over(Disposition.ANSWERED, Outcome.NOT_INTERESTED, None, NOW)
    assert (better.running, better.room(0)) == (True, 10)


def test_calls_that_were_under_way_make_the_pause_no_longer():
    paused = failing(running(), LIMIT)
    later = failing(paused, 3, NOW + MINUTE)
    assert later.breaker.retry_at == paused.breaker.retry_at
    assert later.reason == paused.reason


def test_a_pause_by_a_person_is_left_to_a_person():
    paused = failing(running(), LIMIT).paused("I look into it")
    assert not paused.paused_by_breaker
    assert not paused.resumed(NOW).breaker.tripped


@given(st.integers(1, 500))
def test_the_breaker_s_pause_is_bounded(failures):
    breaker = Breaker()
    for _ in range(failures):
        breaker = breaker.failed("sip 503", NOW)
    assert breaker.tripped == (failures >= LIMIT)
    if breaker.retry_at:
        assert NOW < breaker.retry_at <= NOW + LONGEST_PAUSE


def test_the_carrier_s_breaker_keeps_what_opened_it():
    pace = Pace(NOW)
    for number in range(UNANSWERED_LIMIT):
        assert pace.paused(NOW) is None
        pace = pace.unanswered(f"no reply {number}", NOW)
    assert "did not answer" in (pace.paused(NOW) or "")
    assert pace.failures[0] == "no reply 0"
    assert pace.probing(NOW).failures == pace.failures
    assert pace.take(NOW, 1)[0].failures == pace.failures
    assert pace.mended() == Pace(NOW)


@pytest.mark.parametrize(
    ("hours", "moment", "open_", "next_open"),
    [
        ({"start": "10:00", "end": "12:00"}, (22, 7, 30), False, (22, 8)),
        ({"start": "10:00", "end": "12:00"}, (22, 9, 0), True, (22, 9)),
        ({"start": "10:00", "end": "12:00"}, (22, 10, 0), False, (23, 8)),
        ({"days": (1,)}, (22, 9, 0), False, (23, 7)),
        ({"days": (0,), "end": "10:00"}, (22, 9, 0), False, (29, 7)),
        ({"days": (6,)}, (22, 9, 0), False, None),
        ({}, (22, 9, 0), True, (22, 9)),
    ],
)
def test_its_hours_are_within_the_lawful_ones(hours, moment, open_, next_open):
    at = datetime(2026, 11, *moment, tzinfo=UTC)  # two hours later in Israel; the 22nd is a Sunday
    its = campaign(hours=hours).hours(IsraeliHours())
    assert its.is_open(at) is open_
    if next_open is not None:
        assert its.next_open(at) == datetime(2026, 11, *next_open, tzinfo=UTC)


@pytest.mark.parametrize(
    ("history", "plan", "consented", "left"),
    [
        ({"attempts": 1}, {}, True, 2),
        ({"attempts": 1, "campaign_attempts": 1}, {"retry": {"max_attempts": 2}}, True, 1),
        ({"attempts": 2, "campaign_attempts": 0}, {"retry": {"max_attempts": 2}}, True, 1),
        ({"attempts": 0}, {"one_time_business_approach": True}, False, 1),
        ({"attempts": 1}, {"one_time_business_approach": True}, False, 0),
        ({"called_long_ago": True}, {"one_time_business_approach": True}, False, 0),
        ({"called_long_ago": True}, {}, True, 3),
        ({"attempts": 1}, {"one_time_business_approach": True}, True, 2),
    ],
)
def test_the_tightest_budget_holds(history, plan, consented, left):
    assert Budget.of(History(**history), campaign(**plan), 3, consented).left == left


def test_its_first_retry_comes_when_it_says():
    soon = after_call(
        Outcome.NOT_REACHED,
        Disposition.NO_ANSWER,
        attempts=1,
        max_attempts=3,
        now=NOW,
        hours=AlwaysOpen(),
        jitter=0,
        first_delay_minutes=10,
    )
    assert soon.due_at == NOW + timedelta(minutes=10)


def lane(count=5, callbacks=0, **having):
    leads = [lead(callback_id=uuid4() if number < callbacks else None) for number in range(count)]
    return Lane(None, deque(leads), **{"room": 100, "pace": 100} | having)


def share(lanes, room):
    given_to = []
    while len(given_to) < room and (mine := next_lane(lanes)):
        mine.called(mine.take())
        given_to.append(lanes.index(mine))
    return given_to


def test_whoever_has_the_fewest_calls_gets_the_next_one():
    assert share([lane(live=2), lane(), lane(live=1)], 6) == [1, 1, 2, 0, 1, 2]


def test_a_promised_callback_goes_before_everybody_and_waits_for_no_pace():
    assert share([lane(), lane(live=4, callbacks=2, pace=0)], 4) == [1, 1, 0, 0]


def test_nobody_gets_more_than_their_room_or_their_pace():
    assert share([lane(room=1), lane(pace=2), lane(count=0)], 10) == [0, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5), st.integers(0, 30))
def test_the_room_is_shared_evenly_among_those_who_want_it(lanes, room):
    """No lane that still wants calls is two calls behind one that was given some."""
    made = [lane(count, live=live) for count, live in lanes]
    given_to = share(made, room)
    assert len(given_to) == min(room, sum(count for count, _ in lanes))
    for mine in made:
        for other in made:
            if mine.leads and other.given:
                assert other.live <= mine.live + 1

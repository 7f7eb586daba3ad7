"""Stages, rates with their intervals, percentiles: the arithmetic behind the statistics."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calls import CallAnsweredBy
from contracts.telemetry import Stage
from contracts.values import AnsweredBy, Disposition, Outcome
from services.telemetry.domain.facts import Facts
from services.telemetry.domain.funnel import stage_of, steps
from services.telemetry.domain.latency import histogram, percentiles
from services.telemetry.domain.variants import difference, variants, wilson
from tests.unit.telemetry.sample_call import CALL, OPENING, SampleCall, placed


def stage(*events) -> Stage:
    return stage_of(Facts(CALL, placed(events)))


def test_each_stage_is_told_by_what_happened():
    call = SampleCall()
    before = call.before_the_claim()
    spoke = [*before, call.heard(1, "כן")]
    asked = call.said(1, 1, OPENING, 0, "כמה אתם?").model_copy(update={"asks": "question:team_size"})
    permission = call.said(1, 0, OPENING, 0, "רגע נוח?").model_copy(update={"asks": "permission"})
    assert stage(call.requested()) is Stage.SUBMITTED
    assert stage(*before[:2]) is Stage.DIALED
    assert stage(*before, call.heard(1, " ")) is Stage.DIALED
    assert stage(*spoke, permission) is Stage.ANSWERED
    assert stage(*spoke, permission, asked) is Stage.PITCHED
    assert stage(*spoke, call.noted(1, 2, "answer:team_size", "עשרה")) is Stage.QUALIFIED
    assert stage(*spoke, call.booked()) is Stage.BOOKED


def test_a_voicemail_that_speaks_is_no_human():
    call = SampleCall()
    words = [*call.before_the_claim(), call.heard(1, "השאירו הודעה אחרי הצליל")]
    machine = call.concluded(Outcome.VOICEMAIL).model_copy(update={"disposition": Disposition.MACHINE, "answers": {}})
    assert stage(*words, machine) is Stage.DIALED
    told = CallAnsweredBy(call_id=CALL, occurred_at=call.at(), answered_by=AnsweredBy.HUMAN)
    assert stage(*call.before_the_claim(), told) is Stage.ANSWERED


def test_an_agent_that_names_no_questions_has_pitched_once_it_replied_twice():
    call = SampleCall()
    spoke = [*call.before_the_claim(), call.heard(1, "כן")]
    replies = [call.said(1, turn, OPENING, turn, "אז ככה.") for turn in (1, 2)]
    assert stage(*spoke, replies[0]) is Stage.ANSWERED
    assert stage(*spoke, *replies) is Stage.PITCHED


def test_a_step_of_the_funnel_is_a_share_of_the_one_before():
    found = steps([100, 80, 40, 40, 10, 5])
    assert [step.leads for step in found] == [100, 80, 40, 40, 10, 5]
    assert [step.share for step in found] == [None, 0.8, 0.5, 1.0, 0.25, 0.5]
    assert [step.share for step in steps([0] * 6)] == [None] * 6


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval_is_the_published_one(hits, trials, low, high):
    rate = wilson(hits, trials)
    assert (rate.low, rate.high) == (low, high)


@given(st.integers(1, 10_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_an_interval_holds_its_rate_and_stays_between_0_and_1(case):
    rate = wilson(*case)
    assert 0 <= rate.low <= rate.rate <= rate.high <= 1


def test_newcombes_interval_is_the_published_one():
    apart = difference(wilson(56, 70), wilson(48, 80))
    assert (apart.difference, apart.low, apart.high) == (0.2, 0.0524, 0.3339)


def test_a_variant_is_compared_with_the_best_other_one_of_its_playbook():
    calls = [0, 0, 0, 0, 0, 0]

    def came(answered, booked):
        return [*calls[:2], answered - booked, 0, 0, booked]

    found = variants([("p", "a", came(200, 60)), ("p", "b", came(200, 20)), ("q", None, came(10, 1))])
    first, second, alone = found
    assert (first.against, first.certain, second.against, second.certain) == ("b", True, "a", True)
    assert first.difference.difference == pytest.approx(0.2)
    assert alone.against is None
    assert variants([("p", "a", came(5, 2)), ("p", "b", came(5, 1))])[0].certain is False


@given(st.lists(st.floats(0.5, 60_000), min_size=1, max_size=300))
def test_percentiles_are_right_to_one_per_cent(waits):
    found = percentiles(histogram(waits))
    ordered = sorted(waits)
    for share, value in ((50, found.p50), (95, found.p95), (99, found.p99)):
        exact = ordered[math.ceil(len(ordered) * share / 100) - 1]
        assert abs(value - exact) <= 0.0101 * exact + 0.051  # the step, and a tenth of a millisecond
    assert found.turns == len(waits)


def test_nothing_measured_has_no_percentiles():
    assert percentiles({}).p50 is None

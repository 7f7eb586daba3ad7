"""The attempt state machine: whatever order the carrier's reports arrive in, the end is the same."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import AnsweredBy, Disposition, Outcome
from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.carrier_call import CarrierStatus, StatusReport
from tests.unit.dialer.samples import NOW

SID = "CA1"
LIFE = (CarrierStatus.QUEUED, CarrierStatus.INITIATED, CarrierStatus.RINGING, CarrierStatus.IN_PROGRESS)
TERMINAL = [each for each in CarrierStatus if each.terminal]


def intended() -> Attempt:
    return Attempt(call_id=uuid4(), lead_id="l1", phone="+972542345678", number=1, requested_at=NOW)


def submitting() -> Attempt:
    return intended().submitting(NOW)


def report(status: CarrierStatus, sequence: int | None = None, sid: str = SID, **more) -> StatusReport:
    return StatusReport(sid, status, sequence, **more)


def told(attempt: Attempt, reports: list[StatusReport]) -> Attempt:
    for each in reports:
        attempt = attempt.reported(each, NOW)
    return attempt


def test_the_way_of_a_call():
    attempt = submitting().placed(SID, NOW)
    assert attempt.state is AttemptState.SUBMITTED
    attempt = told(attempt, [report(status, number) for number, status in enumerate(LIFE)])
    assert (attempt.status, attempt.answered_at) == (CarrierStatus.IN_PROGRESS, NOW)
    over = attempt.reported(report(CarrierStatus.COMPLETED, 4, duration_s=42.0), NOW + timedelta(minutes=1))
    assert (over.state, over.disposition, over.duration_s) == (AttemptState.ENDED, Disposition.ANSWERED, 42.0)


def test_only_an_intended_attempt_can_be_submitted():
    with pytest.raises(ValueError, match="submitting, not intended"):
        submitting().submitting(NOW)
    with pytest.raises(ValueError, match="intended, not submitting"):
        intended().throttled()


def test_a_throttled_attempt_may_be_submitted_again():
    assert submitting().throttled().submitting(NOW).state is AttemptState.SUBMITTING


def test_a_callback_settles_a_submission_whose_reply_was_lost():
    settled = submitting().reported(report(CarrierStatus.RINGING, 1), NOW)
    assert (settled.state, settled.carrier_call_id, settled.dialed_at) == (AttemptState.SUBMITTED, SID, NOW)
    assert settled.placed("CA2", NOW) == settled


def test_a_line_settles_it_too():
    settled = submitting().line_open(SID, NOW)
    assert (settled.state, settled.carrier_call_id, settled.line_opened_at) == (AttemptState.SUBMITTED, SID, NOW)


@pytest.mark.parametrize("attempt", [intended(), intended().over(Disposition.NOT_DIALED, NOW)])
def test_nothing_is_believed_of_a_call_that_was_never_asked_for_or_is_over(attempt):
    assert attempt.reported(report(CarrierStatus.RINGING), NOW) == attempt
    assert attempt.reported(report(CarrierStatus.COMPLETED), NOW) == attempt
    assert attempt.line_open(SID, NOW) == attempt
    assert attempt.picked_up_by(AnsweredBy.HUMAN) == attempt


def test_another_call_is_not_this_one():
    attempt = submitting().placed(SID, NOW)
    assert attempt.reported(report(CarrierStatus.COMPLETED, sid="CA2"), NOW) == attempt
    assert attempt.line_open("CA2", NOW) == attempt


def test_the_first_end_is_the_end():
    over = told(submitting(), [report(CarrierStatus.BUSY, 3)])
    assert over.over(Disposition.UNKNOWN, NOW) == over
    assert told(over, [report(CarrierStatus.COMPLETED, 4)]) == over


@pytest.mark.parametrize(
    ("status", "disposition"),
    [
        (CarrierStatus.COMPLETED, Disposition.ANSWERED),
        (CarrierStatus.BUSY, Disposition.BUSY),
        (CarrierStatus.NO_ANSWER, Disposition.NO_ANSWER),
        (CarrierStatus.FAILED, Disposition.FAILED),
        (CarrierStatus.CANCELED, Disposition.CANCELLED),
    ],
)
def test_how_a_call_went(status, disposition):
    assert told(submitting(), [report(status)]).disposition is disposition


def test_an_answered_machine_is_a_machine():
    attempt = submitting().placed(SID, NOW).picked_up_by(AnsweredBy.MACHINE)
    assert told(attempt, [report(CarrierStatus.COMPLETED)]).disposition is Disposition.MACHINE
    assert told(attempt, [report(CarrierStatus.BUSY)]).disposition is Disposition.BUSY


def test_a_call_without_a_told_duration_lasted_from_the_answer_on():
    attempt = told(submitting(), [report(CarrierStatus.IN_PROGRESS)])
    over = attempt.reported(report(CarrierStatus.COMPLETED), NOW + timedelta(seconds=9))
    assert over.duration_s == 9.0


def test_only_a_person_who_may_have_been_reached_counts_as_dialed():
    assert not submitting().over(Disposition.FAILED, NOW).dialed
    assert not intended().over(Disposition.NOT_DIALED, NOW).dialed
    assert submitting().placed(SID, NOW).dialed
    assert submitting().over(Disposition.UNKNOWN, NOW).dialed


def test_somebody_looks_after_every_attempt_that_something_is_expected_of():
    ringing = submitting().placed(SID, NOW)
    talking = ringing.line_open(SID, NOW)
    over = talking.reported(report(CarrierStatus.COMPLETED), NOW)
    concluded = replace(over, concluded_at=NOW, outcome=Outcome.HUNG_UP)
    patience = [each.quiet_for(30, 600) for each in (submitting(), ringing, talking, over)]
    assert patience == [timedelta(seconds=each) for each in (20, 60, 660, 60)]
    assert intended().quiet_for(30, 600) is None
    assert concluded.quiet_for(30, 600) is None
    assert replace(talking, concluded_at=NOW).quiet_for(30, 600) == timedelta(seconds=5)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[StatusReport], list[StatusReport]]:
    """The reports of one call in order, and the same ones shuffled, some of them several times."""
    statuses = [*LIFE[: draw(st.integers(0, 4))], draw(st.sampled_from(TERMINAL))]
    numbered = draw(st.booleans())
    end = {"duration_s": 42.0, "error": "sip 486"}
    reports = [
        report(status, number if numbered else None, **(end if status.terminal else {}))
        for number, status in enumerate(statuses)
    ]
    again = draw(st.lists(st.sampled_from(reports), max_size=5))
    return reports, draw(st.permutations(reports + again))


OUTCOME = ("state", "status", "disposition", "duration_s", "error", "carrier_call_id", "dialed_at", "ended_at")


@given(lives())
def test_any_shuffling_and_repetition_ends_in_the_same_state(life):
    in_order, as_told = life
    expected, found = told(submitting(), in_order), told(submitting(), as_told)
    for name in OUTCOME:
        assert getattr(found, name) == getattr(expected, name), name


@given(lives())
def test_a_call_never_goes_backwards(life):
    attempt = submitting()
    for each in life[1]:
        after = attempt.reported(each, NOW)
        assert list(AttemptState).index(after.state) >= list(AttemptState).index(attempt.state)
        assert after.status is None or attempt.status is None or after.status.rank >= attempt.status.rank
        attempt = after
    assert attempt.ended


@given(lives(), st.integers(0, 9))
def test_the_reply_to_the_request_may_come_at_any_time(life, after):
    attempt = told(submitting(), life[1][:after]).placed(SID, NOW)
    assert told(attempt, life[1][after:]).state is AttemptState.ENDED

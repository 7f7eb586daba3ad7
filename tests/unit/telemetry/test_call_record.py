"""A record is the fold of a call's facts, whatever the order and the number of times they come in."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calls import CallAnsweredBy, CallConcluded, CallEnded, CallStarted, Playbook
from contracts.meetings import MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.telemetry import CallLogged, Stage
from contracts.turns import Consulted
from contracts.values import AnsweredBy, Disposition, Outcome, once_id
from services.telemetry.domain.call_record import CallRecord, CallState
from services.telemetry.domain.facts import Fact, Facts
from services.telemetry.domain.folding import record_of
from services.telemetry.prices import read_prices
from tests.unit.telemetry.sample_call import BEGAN, CALL, LEAD, TRANSCRIPT, SampleCall, placed, whole_call

WHOLE = whole_call()


@given(st.permutations(WHOLE), st.lists(st.sampled_from(WHOLE)))
def test_neither_order_nor_repetition_changes_the_record(shuffled, repeated):
    assert record_of(Facts(CALL, [*repeated, *shuffled])) == record_of(Facts(CALL, WHOLE))


@given(st.lists(st.sampled_from(WHOLE)), st.data())
def test_a_part_of_the_facts_gives_the_same_record_in_any_order(some, data):
    shuffled = data.draw(st.permutations(some))
    assert record_of(Facts(CALL, shuffled)) == record_of(Facts(CALL, some))


@given(st.sampled_from(WHOLE), st.integers(min_value=100), st.booleans())
def test_a_fact_stored_twice_counts_where_it_stood_first(fact, later, later_comes_first):
    again = Fact(fact.event, later, fact.stored_at + timedelta(hours=1))
    facts = [again, *WHOLE] if later_comes_first else [*WHOLE, again]
    assert record_of(Facts(CALL, facts)) == record_of(Facts(CALL, WHOLE))


def test_the_record_of_a_booked_call():
    record = record_of(Facts(CALL, WHOLE))
    assert record.state is CallState.CONCLUDED
    assert record.complete
    assert record.lead_id == LEAD
    assert record.lead.name == "דנה כהן"
    assert record.outcome is Outcome.MEETING_BOOKED
    assert record.disposition is Disposition.ANSWERED
    assert record.answered_by is AnsweredBy.HUMAN
    assert record.meeting == SampleCall().meeting
    assert record.requested_at == BEGAN + timedelta(seconds=1)
    assert record.started_at == BEGAN + timedelta(seconds=3)
    assert record.duration_s == 61.5
    assert [(turn.turn, turn.first_word_ms) for turn in record.turns] == [(1, 210.5), (4, 180.0)]
    assert [(line.speaker, line.text, line.interrupted) for line in record.transcript] == TRANSCRIPT


def test_what_is_logged_is_the_record_under_an_id_of_its_own():
    record = record_of(Facts(CALL, WHOLE))
    logged = record.logged(BEGAN)
    assert logged.event_id == once_id("logged", CALL)
    assert logged.subject == "telemetry.calls.logged"
    assert logged.meeting == record.meeting
    assert logged.transcript == record.transcript
    assert (logged.started_at, logged.ended_at) == (record.started_at, record.ended_at)
    assert logged.first_word_ms == (210.5, 180.0)
    assert logged.evidence == record.evidence


@pytest.mark.parametrize("missing", [CallEnded, CallConcluded])
def test_a_call_is_not_complete_before_it_has_ended_and_is_concluded(missing):
    record = record_of(Facts(CALL, [fact for fact in WHOLE if not isinstance(fact.event, missing)]))
    assert not record.complete
    with pytest.raises(ValueError, match="not complete"):
        record.logged(BEGAN)


def _concluded_by_the_dialer(call: SampleCall) -> CallConcluded:
    told = call.concluded(Outcome.NOT_REACHED)
    return told.model_copy(update={"concluded_by": "dialer", "disposition": Disposition.NOT_DIALED})


def test_a_call_the_dialer_gave_up_on_is_complete_without_an_end():
    call = SampleCall()
    record = record_of(Facts(CALL, placed([call.requested(), _concluded_by_the_dialer(call)])))
    assert record.complete
    assert record.started_at is None
    assert record.ended_at is None
    assert record.logged(BEGAN).disposition is Disposition.NOT_DIALED


def test_a_started_call_the_dialer_concluded_still_waits_for_its_end():
    call = SampleCall()
    begun = [*call.before_the_claim(), _concluded_by_the_dialer(call)]
    assert any(isinstance(event, CallStarted) for event in begun)
    assert not record_of(Facts(CALL, placed(begun))).complete
    assert record_of(Facts(CALL, placed([*begun, call.ended()]))).complete


def test_the_carrier_that_gives_no_duration_leaves_it_to_be_measured():
    call = SampleCall()
    record = record_of(Facts(CALL, placed([*call.before_the_claim(), call.ended(duration_s=0.0)])))
    assert record.duration_s == 1.0


def test_the_last_word_on_who_picked_up_counts():
    call = SampleCall()
    said = [
        CallAnsweredBy(call_id=CALL, occurred_at=call.at(), answered_by=who)
        for who in (AnsweredBy.UNKNOWN, AnsweredBy.MACHINE)
    ]
    assert record_of(Facts(CALL, reversed(placed(said)))).answered_by is AnsweredBy.MACHINE


def test_the_meeting_is_the_one_the_scheduler_told_last():
    call = SampleCall()
    booked = call.booked()
    fields = booked.model_dump(exclude={"event_id", "lead", "phone", "occurred_at", "start"})
    later = booked.start + timedelta(minutes=15)
    moved = MeetingRescheduled(**fields, occurred_at=call.at(), start=later, previous_start=booked.start)
    cancelled = MeetingCancelled(**fields, occurred_at=call.at(), start=later)
    history = placed([booked, moved, cancelled])
    assert isinstance(history[0].event, MeetingBooked)
    starts = []
    for known in range(1, 4):
        meeting = record_of(Facts(CALL, reversed(history[:known]))).meeting
        starts.append(meeting and meeting.start)
    assert starts == [booked.start, later, None]


def test_until_the_scheduler_tells_it_the_meeting_is_the_concluded_one():
    call = SampleCall()
    concluded = call.concluded().model_copy(update={"meeting": call.meeting})
    assert record_of(Facts(CALL, placed([concluded]))).meeting == call.meeting


def test_what_was_noted_used_and_recorded_is_in_the_record():
    record = record_of(Facts(CALL, WHOLE))
    assert (record.sentiment, record.language, record.objections) == ("positive", "he", ("price",))
    assert record.first_words_at == next(line.at for line in record.transcript if line.speaker == "caller")
    assert [recording.recording_id for recording in record.recordings] == ["RE1"]
    (used,) = record.models
    assert (used.model, used.consultations, used.input_tokens, used.output_tokens) == ("a-model", 2, 1600, 60)
    assert (used.cached_tokens, used.cost, used.first_token_ms) == (None, 0.001, (180.0, 210.0))
    assert (record.talk.interruptions, record.talk.agent_words, record.talk.caller_words) == (2, 12, 5)
    assert record.talk.agent_share == round(12 / 17, 4)
    assert record.talk.longest_monologue_words == 6
    assert record.voice.seconds == 61.5
    assert record.stage is Stage.BOOKED


def test_the_variant_is_the_one_the_conversation_drew():
    call = SampleCall()
    asked = call.requested(playbook=Playbook(name="default", content_hash="abc"))
    told = placed([asked, call.claimed(), call.noted(2, 0, "variant", "straight")])
    assert record_of(Facts(CALL, told[:2])).playbook == Playbook(name="default", content_hash="abc")
    assert record_of(Facts(CALL, told)).playbook == Playbook(name="default", content_hash="abc", variant="straight")


def test_latency_and_notes_stand_beside_the_words_they_are_about():
    lines = record_of(Facts(CALL, WHOLE)).transcript
    assert [line.first_word_ms for line in lines] == [None, None, 210.5, None, None, 180.0]
    assert [line.sentiment for line in lines] == [None, None, None, "neutral", "positive", None]


def test_a_model_whose_use_was_not_told_is_unknown_and_so_is_what_it_cost():
    call = SampleCall()
    told = [call.claimed(), call.consulted(1, 1), call.consulted(1, 2, input_tokens=None, cost=None, currency=None)]
    (used,) = record_of(Facts(CALL, placed(told))).models
    assert (used.input_tokens, used.output_tokens, used.cost, used.currency) == (None, 60, None, None)


def test_a_model_whose_use_was_told_with_a_phrase_counts_as_one_that_was_told_by_itself():
    call = SampleCall()
    used = Consulted(**call.consulted(1, 1).model_dump(include=set(Consulted.model_fields)))
    said = call.said(1, 1, uuid4(), 0, "שלום", last=True).model_copy(update={"consulted": used})
    told = [call.claimed(), call.claimed("worker-2"), said, call.consulted(2, 2)]
    (models,) = record_of(Facts(CALL, placed(told))).models
    assert (models.consultations, models.input_tokens, models.cost) == (2, 1600, 0.001)


def test_what_a_replaced_worker_asked_a_model_for_is_charged_all_the_same():
    call = SampleCall()
    told = [call.claimed(), call.claimed("worker-2"), call.consulted(1, 1)]
    assert record_of(Facts(CALL, placed(told))).models[0].consultations == 1


def test_a_record_comes_back_from_what_was_logged_of_it():
    record = record_of(Facts(CALL, WHOLE), read_prices())
    again = CallRecord.restored(CallLogged.model_validate_json(record.logged(BEGAN).body()))
    waits = [turn.first_word_ms for turn in record.turns]
    assert [turn.first_word_ms for turn in again.turns] == waits
    assert again.model_copy(update={"turns": record.turns}) == record

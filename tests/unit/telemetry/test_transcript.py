"""A transcript holds what the other side could hear, and nothing of a worker that had been replaced."""

from uuid import uuid4

import pytest

from contracts.turns import HeardKind
from services.telemetry.domain.facts import Facts
from services.telemetry.domain.transcript import transcript_of
from tests.unit.telemetry.sample_call import CALL, CUT, OPENING, SampleCall, placed


def _texts(*events) -> list[str]:
    return [line.text for line in transcript_of(Facts(CALL, placed(events)))]


@pytest.fixture
def call() -> SampleCall:
    return SampleCall()


def test_phrases_of_an_utterance_are_joined_in_their_own_order(call):
    claim = call.claimed()
    second, first = call.said(1, 0, OPENING, 1, "שתיים. "), call.said(1, 0, OPENING, 0, "אחת,")
    assert _texts(claim, second, first) == ["אחת, שתיים."]


def test_a_phrase_told_again_by_a_successor_is_one_phrase(call):
    facts = [call.claimed(), call.said(1, 0, OPENING, 0, "אחת,"), call.claimed("worker-2")]
    again, rest = call.said(3, 0, OPENING, 0, "אחת,"), call.said(3, 0, OPENING, 1, "שתיים.", last=True)
    assert _texts(*facts, again, rest) == ["אחת, שתיים."]


def test_what_a_replaced_worker_says_does_not_count(call):
    before = call.said(1, 0, OPENING, 0, "לפני.")
    claim, newer = call.claimed(), call.claimed("worker-2")
    stale = call.said(1, 1, uuid4(), 0, "ישן.")
    fresh = call.said(3, 1, uuid4(), 0, "חדש.")
    assert _texts(claim, before, newer, stale, fresh) == ["לפני.", "חדש."]


def test_a_fact_stored_before_the_newer_claim_counts_although_its_epoch_is_lower(call):
    claim, said, newer = call.claimed(), call.said(1, 0, OPENING, 0, "בזמן."), call.claimed("worker-2")
    assert _texts(claim, said, newer) == ["בזמן."]


def test_an_interrupted_utterance_is_cut_to_what_was_heard(call):
    said = [call.claimed(), call.said(1, 0, CUT, 0, "אחת שתיים"), call.said(1, 0, CUT, 1, "שלוש.", last=True)]
    lines = transcript_of(Facts(CALL, placed([*said, call.interrupted(0, CUT, "אחת ")])))
    assert [(line.text, line.interrupted) for line in lines] == [("אחת", True)]


def test_an_utterance_nobody_heard_is_no_line(call):
    said = [call.claimed(), call.said(1, 0, CUT, 0, "אחת", last=True), call.interrupted(0, CUT, " ")]
    assert _texts(*said) == []


def test_of_two_interruptions_of_an_utterance_the_first_cuts(call):
    said = [call.claimed(), call.said(1, 0, CUT, 0, "אחת שתיים שלוש", last=True)]
    cuts = [call.interrupted(0, CUT, "אחת"), call.interrupted(0, CUT, "אחת שתיים")]
    assert _texts(*said, *cuts) == ["אחת"]


def test_lines_stand_in_the_order_they_happened(call):
    events = [call.claimed(), call.said(1, 0, OPENING, 0, "שלום,")]
    events += [call.heard(1, "מי זה?"), call.said(1, 0, OPENING, 1, "מאיה.", last=True)]
    events += [call.said(1, 1, uuid4(), 0, "תשובה.", last=True)]
    assert _texts(*events) == ["שלום, מאיה.", "מי זה?", "תשובה."]


def test_keys_are_a_line_and_silence_is_not(call):
    heard = [call.heard(1, "", HeardKind.SILENCE), call.heard(2, "1", HeardKind.KEYS), call.heard(3, "  ")]
    assert _texts(*heard) == ["1"]


def test_nobody_hears_what_is_said_after_the_end(call):
    before = [call.claimed(), call.said(1, 0, OPENING, 0, "שלום."), call.ended()]
    assert _texts(*before, call.said(1, 0, OPENING, 1, "מאוחר."), call.said(1, 1, CUT, 0, "מדי.")) == ["שלום."]

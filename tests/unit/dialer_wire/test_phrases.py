"""Which phrases are spoken, whatever the order, the repeats and the workers they come from."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from contracts.turns import CallSaid
from services.dialer.lines.phrases import Phrases, Verdict

CALL = uuid4()
A, B = uuid4(), uuid4()


def said(utterance: UUID, sequence: int, *, epoch: int = 5, turn: int = 0, last: bool = False) -> CallSaid:
    return CallSaid(
        call_id=CALL,
        occurred_at=datetime(2026, 11, 22, tzinfo=UTC),
        epoch=epoch,
        turn=turn,
        utterance=utterance,
        sequence=sequence,
        text=str(sequence),
        last=last,
    )


def spoken(phrases: Phrases, told: CallSaid, turn: int = 0) -> Verdict:
    verdict = phrases.judge(told, turn)
    if verdict is Verdict.SPEAK:
        phrases.take(told)
    return verdict


def test_phrases_are_spoken_in_order_and_once():
    phrases = Phrases()
    assert spoken(phrases, said(A, 0)) is Verdict.SPEAK
    assert spoken(phrases, said(A, 0)) is Verdict.DROP
    assert spoken(phrases, said(A, 2)) is Verdict.GAP
    assert spoken(phrases, said(A, 1)) is Verdict.SPEAK
    assert spoken(phrases, said(A, 2, last=True)) is Verdict.SPEAK
    assert spoken(phrases, said(A, 3)) is Verdict.DROP
    assert phrases.open is None


def test_a_higher_epoch_silences_lower_ones():
    phrases = Phrases()
    assert spoken(phrases, said(A, 0, epoch=5)) is Verdict.SPEAK
    assert spoken(phrases, said(B, 0, epoch=9)) is Verdict.SPEAK
    assert spoken(phrases, said(A, 1, epoch=5)) is Verdict.DROP


def test_a_phrase_read_from_the_stream_is_judged_by_the_claim_then_in_force():
    phrases = Phrases()
    phrases.fence = 9
    assert phrases.judge(said(A, 0, epoch=5), 0, fence=5) is Verdict.SPEAK
    assert phrases.judge(said(A, 0, epoch=5), 0, fence=9) is Verdict.DROP


def test_a_successor_goes_on_with_an_utterance():
    phrases = Phrases()
    assert spoken(phrases, said(A, 0, epoch=5)) is Verdict.SPEAK
    assert spoken(phrases, said(A, 1, epoch=9, last=True)) is Verdict.SPEAK


def test_answers_to_an_earlier_turn_come_too_late():
    phrases = Phrases()
    assert spoken(phrases, said(A, 0, turn=1), turn=1) is Verdict.SPEAK
    assert spoken(phrases, said(A, 1, turn=1), turn=2) is Verdict.DROP


def test_another_utterance_supersedes_the_one_left_open():
    phrases = Phrases()
    spoken(phrases, said(A, 0))
    assert phrases.superseded_by(said(B, 0))
    assert spoken(phrases, said(B, 0)) is Verdict.SPEAK
    assert spoken(phrases, said(A, 1)) is Verdict.DROP
    assert phrases.open == B


def test_what_was_cut_off_is_not_spoken_any_more():
    phrases = Phrases()
    spoken(phrases, said(A, 0))
    phrases.give_up(A)
    assert phrases.open is None
    assert spoken(phrases, said(A, 1)) is Verdict.DROP
    assert phrases.done_with(said(A, 1), 0)
    assert not phrases.done_with(said(B, 0), 0)


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from([5, 9])), max_size=60))
def test_whatever_comes_in_whatever_order_no_phrase_is_spoken_twice_or_before_its_time(arrivals):
    phrases, heard, fence = Phrases(), [], 0
    for sequence, epoch in arrivals:
        fence = max(fence, epoch)
        if spoken(phrases, said(A, sequence, epoch=epoch, last=sequence == 6)) is Verdict.SPEAK:
            assert epoch == fence
            heard.append(sequence)
    assert heard == list(range(len(heard)))

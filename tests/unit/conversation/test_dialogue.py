"""A dialogue is the fold of its facts, and facts told under a claim that is over leave no trace."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.calls import CallClaimed, CallClosing, CallReleased
from contracts.turns import CallActed, CallHeard, CallInterrupted, CallSaid, HeardKind, OfferedSlot
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.turns import CONFIRM_OPT_OUT

CALL = UUID("01a1fcbb-f6bf-7383-9f4e-9108bb1b8819")
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
SLOT = OfferedSlot(slot_id="s1", start=NOW, end=NOW + timedelta(minutes=20))


def said(turn: int, sequence: int, text: str, *, epoch: int = 1, name: str = "", last: bool = False, asks=None):
    return CallSaid(
        call_id=CALL,
        occurred_at=NOW,
        epoch=epoch,
        turn=turn,
        utterance=uuid5(CALL, name or str(turn)),
        sequence=sequence,
        text=text,
        last=last,
        asks=asks,
    )


def heard(turn: int, text: str, kind: HeardKind = HeardKind.SPEECH):
    return CallHeard(call_id=CALL, occurred_at=NOW, turn=turn, text=text, kind=kind)


def claimed():
    return CallClaimed(call_id=CALL, occurred_at=NOW, worker_id="w")


def acted(epoch: int, turn: int, move: str, **more):
    return CallActed(call_id=CALL, occurred_at=NOW, epoch=epoch, turn=turn, move=move, **more)


def fold(*events) -> Dialogue:
    dialogue = Dialogue(CALL)
    for sequence, event in enumerate(events, start=1):
        dialogue.apply(event, sequence)
    return dialogue


EVENTS = st.one_of(
    st.builds(claimed),
    st.builds(
        said,
        st.integers(0, 4),
        st.integers(0, 3),
        st.sampled_from(["א", "ב", ""]),
        epoch=st.integers(1, 12),
        last=st.booleans(),
        asks=st.sampled_from([None, "slot", "permission"]),
    ),
    st.builds(heard, st.integers(1, 5), st.sampled_from(["כן", "לא", ""]), st.sampled_from(list(HeardKind))),
    st.builds(
        acted,
        st.integers(1, 12),
        st.integers(0, 4),
        st.sampled_from(["note", "offer_slots", "opt_out"]),
        key=st.sampled_from([None, "email"]),
        slots=st.sampled_from([(), (SLOT,)]),
    ),
    st.builds(
        lambda turn, words: CallInterrupted(
            call_id=CALL, occurred_at=NOW, turn=turn, utterance=uuid5(CALL, str(turn)), heard=words
        ),
        st.integers(0, 4),
        st.sampled_from(["", "א"]),
    ),
    st.builds(lambda epoch: CallClosing(call_id=CALL, occurred_at=NOW, epoch=epoch, reason="x"), st.integers(1, 12)),
    st.builds(
        lambda epoch: CallReleased(call_id=CALL, occurred_at=NOW, epoch=epoch, worker_id="w"), st.integers(1, 12)
    ),
)


@settings(max_examples=300)
@given(st.lists(EVENTS, max_size=12), st.integers(0, 12))
def test_a_replay_gives_the_same_dialogue_as_the_one_in_memory(events, seen_before):
    live = fold(*events)
    replayed = Dialogue(CALL)
    numbered = list(enumerate(events, start=1))
    for sequence, event in numbered[:seen_before] + numbered:
        replayed.apply(event, sequence)
    assert replayed == live


def test_what_an_older_claim_tells_leaves_no_trace():
    before = fold(claimed(), said(0, 0, "שלום", epoch=1), claimed())
    after = fold(claimed(), said(0, 0, "שלום", epoch=1), claimed(), said(0, 1, "שוב", epoch=1), acted(1, 0, "opt_out"))
    assert after.said_in(0) == before.said_in(0) == ["שלום"]
    assert not after.known.opted_out


def test_an_interruption_cuts_what_was_not_heard():
    dialogue = fold(
        claimed(),
        said(0, 0, "משפט ראשון."),
        said(0, 1, "משפט שני.", last=True),
        CallInterrupted(call_id=CALL, occurred_at=NOW, turn=0, utterance=uuid5(CALL, "0"), heard="משפט ראשון."),
    )
    (utterance,) = dialogue.utterances.values()
    assert utterance.text == "משפט ראשון."
    assert dialogue.unfinished is None


def test_finals_that_follow_each_other_are_one_question():
    dialogue = fold(claimed(), said(0, 0, "שלום", last=True), heard(1, "אני רוצה"), heard(2, "לדעת מחיר"))
    assert dialogue.words() == "אני רוצה לדעת מחיר"
    dialogue.apply(said(2, 0, "תשובה", last=True), 5)
    dialogue.apply(heard(3, "תודה"), 6)
    assert dialogue.words() == "תודה"


def test_a_turn_keeps_what_was_known_when_the_caller_spoke():
    dialogue = fold(
        claimed(),
        acted(1, 0, "offer_slots", slots=(SLOT,)),
        said(0, 0, "מתי?", asks="slot", last=True),
        heard(1, "הראשון"),
        said(1, 0, "לאיזה מייל?", asks="email", last=True),
    )
    assert dialogue.latest.known.asked == "slot"
    assert dialogue.latest.known.offered == (SLOT,)
    assert dialogue.known.asked == "email"


def test_what_was_asked_before_a_doubt_is_what_the_call_goes_on_with():
    told = [
        claimed(),
        said(0, 0, "מתי?", asks="slot", last=True),
        heard(1, "שיחות כאלה לא בשבילי"),
        said(1, 0, "להסיר?", asks=CONFIRM_OPT_OUT, last=True),
        heard(2, "מה?"),
        said(2, 0, "להסיר?", asks=CONFIRM_OPT_OUT, last=True),
    ]
    assert fold(*told[:4]).known.asked_before == fold(*told).known.asked_before == "slot"
    assert fold(*told, said(2, 1, "מתי?", asks="slot")).known.asked_before is None


def test_claims_without_a_word_are_faults_and_a_release_is_none():
    assert fold(claimed(), claimed(), claimed(), claimed()).idle_claims == 3
    released = CallReleased(call_id=CALL, occurred_at=NOW, epoch=1, worker_id="w")
    assert fold(claimed(), released, claimed()).idle_claims == 0
    assert fold(claimed(), claimed(), said(0, 0, "שלום", epoch=2), claimed()).idle_claims == 0


def test_a_turn_told_twice_counts_once():
    dialogue = Dialogue(CALL)
    assert dialogue.apply(heard(1, "כן"), 1)
    assert not dialogue.apply(heard(1, "כן"), 2)
    assert not dialogue.apply(heard(1, "כן"), 1)
    assert uuid4() not in dialogue.utterances

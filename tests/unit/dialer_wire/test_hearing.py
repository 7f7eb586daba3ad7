"""Turns of a call are numbered one after the other, whichever of its lines heard them."""

from uuid import uuid4

from contracts.event import Event
from contracts.turns import CallHeard
from services.dialer.lines.hearing import Hearing
from services.runtime.clock import Clock


def test_turns_of_another_line_count_and_ours_count_once():
    told: list[Event] = []
    clock, call_id = Clock(), uuid4()
    hearing = Hearing(call_id, clock, told.append, lambda _: None)
    hearing.told(CallHeard(call_id=call_id, occurred_at=clock.now(), turn=1, text="הלו").body())
    for words in ("שלום", "כן"):
        hearing.words(words)
    for ours in told:
        hearing.told(ours.body())
    assert hearing.turn == 3
    hearing.told(CallHeard(call_id=call_id, occurred_at=clock.now(), turn=7, text="אני שומעת").body())
    hearing.words("אפשר")
    assert [each.turn for each in told if isinstance(each, CallHeard)] == [2, 3, 8]

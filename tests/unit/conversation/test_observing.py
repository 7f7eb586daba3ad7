"""What a caller's words show is noted beside a model's answer, and once, whatever worker answers."""

from datetime import UTC, datetime
from unittest.mock import Mock
from uuid import uuid4

from contracts.calls import CallClaimed
from contracts.turns import CallActed, CallHeard
from services.conversation.agents.reading import Reading
from services.conversation.agents.turn import Turn
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Note
from services.conversation.domain.playbook_reading import parse_playbook
from services.conversation.library import PACKAGED
from services.runtime.clock import ISRAEL

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PLAYBOOK = parse_playbook((PACKAGED / "alta-he.yaml").read_text("utf-8"), "alta-he")
EVERYTHING = [Note("gender", "f"), Note("sentiment", "negative"), Note("objection", "has_supplier")]


def _observed(*noted: Note) -> list[object]:
    """Of a turn in which an earlier worker has noted this much."""
    dialogue = Dialogue(uuid4())
    about = {"call_id": dialogue.call_id, "occurred_at": NOW}
    dialogue.apply(CallClaimed(**about, worker_id="w"), 1)
    dialogue.apply(CallHeard(**about, turn=1, text="אני עסוקה, וכבר יש לנו ספק"), 2)
    for place, note in enumerate(noted, 3):
        dialogue.apply(CallActed(**about, epoch=1, turn=1, move="note", key=note.key, value=note.value), place)
    now = NOW.astimezone(ISRAEL)
    reading = Reading.of(dialogue, PLAYBOOK, now)
    return list(Turn(dialogue, PLAYBOOK, now, reading, Mock(), Mock(), told=[]).observed())


def test_what_the_words_show():
    assert _observed() == EVERYTHING


def test_what_an_earlier_worker_noted_is_not_noted_again():
    assert _observed(*EVERYTHING[:1]) == EVERYTHING[1:]
    assert _observed(*EVERYTHING) == []

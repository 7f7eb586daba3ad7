"""What no agent decides: the disclosure comes first, an opt-out ends the pitch (`opting_out.py`), only offered slots
are booked, and nobody talks to a machine. Compliance and truth are code; tone is the agent's."""

from collections.abc import Iterator
from datetime import datetime

from contracts.values import AnsweredBy, Outcome
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Book, HangUp, Move, Note, Say
from services.conversation.domain.opting_out import opting_out
from services.conversation.domain.outcome import OUTCOME_NOTE
from services.conversation.domain.playbook import VARIANT_NOTE, Playbook
from services.conversation.domain.sentences import RECORDED
from services.conversation.domain.turn_taking import going_on, overlong, wind_down

MAX_FAULTS = 3
"""Claims in a row under which nothing was said: then the call is closed with an apology."""

PERMISSION = "permission"


def opening(dialogue: Dialogue, playbook: Playbook) -> Iterator[Move]:
    """The first turn: who is calling, that it is a machine and, where it is so, that the call is recorded."""
    yield Say(playbook.line(playbook.greeting, dialogue.lead))
    if playbook.variant is not None:
        yield Note(VARIANT_NOTE, playbook.variant)
    recorded = RECORDED if dialogue.recorded else ""
    yield Say(playbook.line(playbook.disclosure, dialogue.lead, recorded=recorded))
    yield Say(playbook.line(playbook.permission, dialogue.lead), asks=PERMISSION, last=True)


def overruling(dialogue: Dialogue, playbook: Playbook, now: datetime) -> Iterator[Move] | None:
    """Moves that go before any agent's, or None if the agent decides."""
    if dialogue.idle_claims >= MAX_FAULTS:
        return _give_up(dialogue, playbook)
    if dialogue.answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX) and not dialogue.words_ever:
        return voicemail(dialogue, playbook)  # whoever has spoken is a person, whatever a late verdict says
    if dialogue.turn == 0:
        return opening(dialogue, playbook)
    if (ending := opting_out(dialogue, playbook, now)) is not None:
        return ending
    if overlong(dialogue, playbook, now):
        return wind_down(dialogue, playbook)
    return going_on(dialogue)


def objection_to(move: Move, dialogue: Dialogue) -> str | None:
    """Why a move must not be made now, or None if it may."""
    if isinstance(move, Book):
        offered = {slot.slot_id for act in dialogue.acts for slot in act.slots}
        if move.slot_id not in offered:
            return "the slot was not offered in this call"
    return None


def give_up(dialogue: Dialogue, playbook: Playbook) -> Iterator[Move]:
    """An apology and the end, when it is we who cannot go on."""
    return _give_up(dialogue, playbook)


def _give_up(dialogue: Dialogue, playbook: Playbook) -> Iterator[Move]:
    yield Note(OUTCOME_NOTE, Outcome.FAILED)
    yield Say(playbook.line(playbook.repairs.trouble, dialogue.lead), last=True)
    yield HangUp("failed")


def voicemail(dialogue: Dialogue, playbook: Playbook) -> Iterator[Move]:
    """A machine answered: leave the playbook's message, if it has one, and end the call."""
    yield Note(OUTCOME_NOTE, Outcome.VOICEMAIL)
    if playbook.voicemail.leave:
        lines = [playbook.line(text, dialogue.lead) for text in playbook.voicemail.text]
        for line in lines:
            yield Say(line, last=line is lines[-1])
    yield HangUp(Outcome.VOICEMAIL)

"""What no agent decides: the disclosure comes first, an opt-out ends the pitch, only offered slots are booked,
and nobody talks to a machine. Compliance and truth are code; tone is the agent's."""

from collections.abc import Iterator

from contracts.values import AnsweredBy, Outcome
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Book, HangUp, Move, Note, OptOut, Say
from services.conversation.domain.outcome import OUTCOME_NOTE
from services.conversation.domain.playbook import Playbook
from services.conversation.hebrew.opt_out import opt_out

MAX_FAULTS = 3
"""Claims in a row under which nothing was said: then the call is closed with an apology."""

PERMISSION = "permission"


def opening(dialogue: Dialogue, playbook: Playbook) -> Iterator[Move]:
    """The first turn: who is calling, that it is a machine and that the call is recorded."""
    yield Say(playbook.line(playbook.greeting, dialogue.lead))
    yield Say(playbook.line(playbook.disclosure, dialogue.lead))
    yield Say(playbook.line(playbook.permission, dialogue.lead), asks=PERMISSION, last=True)


def overruling(dialogue: Dialogue, playbook: Playbook) -> Iterator[Move] | None:
    """Moves that go before any agent's, or None if the agent decides."""
    if dialogue.idle_claims >= MAX_FAULTS:
        return _give_up(dialogue, playbook)
    if dialogue.answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX) and not dialogue.words_ever:
        return _leave(Outcome.VOICEMAIL)  # whoever has spoken is a person, whatever a late verdict says
    if dialogue.turn == 0:
        return opening(dialogue, playbook)
    latest = dialogue.latest
    if latest is not None and not latest.known.opted_out and (quote := opt_out(dialogue.words())):
        return _opt_out(dialogue, playbook, quote)
    return None


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


def _leave(outcome: Outcome) -> Iterator[Move]:
    yield Note(OUTCOME_NOTE, outcome)
    yield HangUp(outcome)


def _opt_out(dialogue: Dialogue, playbook: Playbook, quote: str) -> Iterator[Move]:
    yield OptOut(quote)
    yield Say(playbook.line(playbook.closings.opted_out, dialogue.lead), last=True)
    yield HangUp("opted_out")

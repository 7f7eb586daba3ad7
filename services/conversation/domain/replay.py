"""Moves that are made again: after a crash a rule asked anew gives the same moves, of which some were made before."""

from collections.abc import Iterator

from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import HangUp, Move, Note, Say, name_of


def unmade(moves: Iterator[Move], dialogue: Dialogue) -> Iterator[Move]:
    """The moves of this turn that no earlier worker has made: phrases told and acts done are passed over."""
    told = dialogue.said_in(dialogue.turn)
    done = [(act.move, act.key) for act in dialogue.acted_in(dialogue.turn)]
    for move in moves:
        if isinstance(move, Say):
            if move.text in told:
                told.remove(move.text)
                continue
        elif not isinstance(move, HangUp):
            made = name_of(move), move.key if isinstance(move, Note) else None
            if made in done:
                done.remove(made)
                continue
        yield move

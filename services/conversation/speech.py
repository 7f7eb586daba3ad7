"""One utterance of the agent on its way out, phrase by phrase: each is told before it is spoken."""

from uuid import UUID

from contracts.event import new_event_id
from contracts.turns import CallSaid, Consulted
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Say
from services.conversation.domain.playbook import Playbook
from services.conversation.languages import language
from services.conversation.telling import Teller
from services.runtime.clock import Clock


class Speech:
    """The answer to one turn. If its beginning was told by a worker that is gone, this is the rest of it."""

    def __init__(self, teller: Teller, dialogue: Dialogue, clock: Clock, playbook: Playbook) -> None:
        begun = dialogue.unfinished
        self._teller = teller
        self._dialogue = dialogue
        self._clock = clock
        self._playbook = playbook
        self._language = language(playbook.language)
        self._turn = dialogue.turn
        self._utterance: UUID = begun.id if begun else new_event_id()
        self._sequence = begun.next_sequence if begun else 0
        self._open = begun is not None

    def say(self, move: Say) -> None:
        """Tell one phrase."""
        read = self._language.spoken(move.text, self._playbook.lexicon)
        self._tell(move, spoken=read if read != move.text else None)
        self._open = not move.last

    def close(self) -> None:
        """Say that nothing more follows, where the last phrase did not."""
        if self._open:
            self._tell(Say("", last=True))
            self._open = False

    def _tell(self, move: Say, spoken: str | None = None) -> None:
        self._teller.tell_soon(
            CallSaid(
                call_id=self._dialogue.call_id,
                occurred_at=self._clock.now(),
                epoch=self._teller.epoch,
                turn=self._turn,
                utterance=self._utterance,
                sequence=self._sequence,
                text=move.text,
                spoken=spoken,
                asks=move.asks,
                last=move.last,
                consulted=move.consultation and Consulted(**move.consultation.told()),
            )
        )
        self._sequence += 1

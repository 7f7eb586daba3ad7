"""Which phrases are spoken: each once, in order, told by the worker in force and in answer to the latest turn."""

from enum import Enum
from uuid import UUID

from contracts.turns import CallSaid


class Verdict(Enum):
    """What becomes of a phrase."""

    SPEAK = "speak"
    DROP = "drop"
    GAP = "one before it is missing"


class Phrases:
    """Judges the phrases of one line in the order of their arrival."""

    def __init__(self) -> None:
        self.fence = 0
        """The newest epoch known: what was told under an older one is stale."""
        self.open: UUID | None = None
        """The utterance that was begun and is not closed yet."""
        self._next: dict[UUID, int] = {}
        self._over: set[UUID] = set()

    def judge(self, said: CallSaid, turn: int, fence: int | None = None) -> Verdict:
        """What is to be done with a phrase when the caller's latest turn is `turn`: answers to an earlier one come
        too late. `fence` was in force when the phrase was told; None: the newest epoch known."""
        if fence is None:
            fence = self.fence = max(self.fence, said.epoch)
        if said.epoch < fence or said.turn < turn or said.utterance in self._over:
            return Verdict.DROP
        expected = self._next.get(said.utterance, 0)
        if said.sequence < expected:
            return Verdict.DROP
        return Verdict.SPEAK if said.sequence == expected else Verdict.GAP

    def superseded_by(self, said: CallSaid) -> bool:
        """Whether this phrase begins another utterance before the one under way was closed."""
        return self.open is not None and self.open != said.utterance

    def take(self, said: CallSaid) -> None:
        """The phrase is spoken now, or was on an earlier line."""
        if self.superseded_by(said):
            self.give_up()
        self._next[said.utterance] = said.sequence + 1
        self.open = None if said.last else said.utterance
        if said.last:
            self._over.add(said.utterance)

    def done_with(self, said: CallSaid, turn: int) -> bool:
        """Whether nothing is to be done with the phrase any more."""
        return self.judge(said, turn, self.fence) is Verdict.DROP

    def give_up(self, utterance: UUID | None = None) -> None:
        """Speak nothing more of an utterance: the one under way, or the one named."""
        if utterance is None:
            utterance = self.open
        if utterance is not None:
            self._over.add(utterance)
        if utterance == self.open:
            self.open = None

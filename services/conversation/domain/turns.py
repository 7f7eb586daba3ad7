"""What a dialogue is put together from: the caller's turns, the agent's utterances, and what is known at each."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.turns import HeardKind, OfferedSlot
from contracts.values import MeetingFacts, TimeWindow

CONFIRM_OPT_OUT = "confirm_opt_out"
"""The key of the question whether the number is to be taken off the list."""
QUESTION = "question:"
"""Begins the key of a qualifying question."""
BARELY_WORDS = 2
"""Who heard so little of an answer has not heard it."""


@dataclass(frozen=True)
class Known:
    """What the agent may count on at one moment. A turn keeps what was known when the caller spoke."""

    asked: str | None = None
    asked_before: str | None = None
    """What was asked before it was asked whether to take the number off the list: what the call goes on with."""
    asked_times: int = 0
    """How often in a row the same question was asked."""
    asked_ever: frozenset[str] = frozenset()
    offered: tuple[OfferedSlot, ...] = ()
    turned_down: tuple[str, ...] = ()
    meeting: MeetingFacts | None = None
    callback: TimeWindow | None = None
    opted_out: bool = False
    notes: tuple[tuple[str, str], ...] = ()
    silences: int = 0
    """How many turns in a row the caller said nothing."""

    def note(self, key: str) -> str | None:
        """The latest note under a key."""
        return next((value for name, value in reversed(self.notes) if name == key), None)


@dataclass(frozen=True)
class CallerTurn:
    """What the caller did, and what was known at that moment."""

    number: int
    text: str
    kind: HeardKind
    at: datetime
    known: Known
    continues: bool = False
    """Whether it is the rest of what the turn before began: one utterance came as several."""


@dataclass
class Utterance:
    """What the agent said in one go, phrase by phrase."""

    id: UUID
    turn: int
    phrases: dict[int, str] = field(default_factory=dict)
    asks: dict[int, str] = field(default_factory=dict)
    """The questions in it, by the phrase that asks them."""
    closed: bool = False
    heard: str | None = None
    """What the caller heard of it before cutting in; None if nobody cut in."""
    _whole: str | None = field(default=None, init=False, repr=False, compare=False)

    def add(self, sequence: int, phrase: str) -> None:
        """One more phrase. What was told first at a place stays there."""
        self.phrases.setdefault(sequence, phrase)
        self._whole = None

    @property
    def text(self) -> str:
        """What the caller heard, as far as is known."""
        if self.heard is not None:
            return self.heard
        if self._whole is None:  # it is asked for in every turn that follows
            self._whole = " ".join([text for _, text in sorted(self.phrases.items()) if text])
        return self._whole

    @property
    def audible(self) -> bool:
        """Whether there is any text."""
        return any(self.phrases.values()) if self.heard is None else bool(self.heard)

    @property
    def unheard(self) -> bool:
        """Whether it was cut off before it could be understood."""
        return self.heard is not None and len(self.heard.split()) <= BARELY_WORDS

    @property
    def next_sequence(self) -> int:
        return max(self.phrases, default=-1) + 1

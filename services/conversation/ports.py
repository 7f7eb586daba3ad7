"""What a session needs of the world around it."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Protocol

from contracts.requests import Book, Booked, OfferSlots, Refused, SlotsOffered
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Move
from services.conversation.domain.playbook import Playbook

Moves = AsyncIterator[Move] | Iterator[Move]


class Agent(Protocol):
    """Decides what to do in answer to the caller's latest turn.

    Moves come one at a time; by the time the next is asked for, the dialogue knows what the last one came to.
    Asked again for the same turn, an agent makes the same moves: the session passes over those already made.
    """

    def moves(self, dialogue: Dialogue, playbook: Playbook, now: datetime) -> Moves:
        """The answer to the latest turn. `now` is in the caller's zone."""

    def repeat(self, dialogue: Dialogue, playbook: Playbook, now: datetime) -> Moves:
        """The line dropped and came back: ask the last question again, in other words."""


class Scheduler(Protocol):
    """Finds and books slots. An unreachable scheduler is a refusal, never an error."""

    async def offer(self, request: OfferSlots) -> SlotsOffered | Refused: ...

    async def book(self, request: Book) -> Booked | Refused: ...


class Playbooks(Protocol):
    """Finds the playbook of a call."""

    async def get(self, name: str, content_hash: str) -> Playbook:
        """That version if it is kept, else the current one of that name. Raises NotFound with the cure."""

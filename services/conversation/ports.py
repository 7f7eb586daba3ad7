"""What a session needs of the world around it."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Protocol

from contracts.requests import (
    Book,
    Booked,
    Cancel,
    Cancelled,
    FindSlots,
    OfferSlots,
    Refused,
    Reschedule,
    SlotsFound,
    SlotsOffered,
)
from contracts.values import LeadFacts
from services.conversation.domain.consultation import Report, unheard
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Move
from services.conversation.domain.outcome import Conclusion
from services.conversation.domain.playbook import Playbook

Moves = AsyncIterator[Move] | Iterator[Move]


class Agent(Protocol):
    """Decides what to do in answer to the caller's latest turn.

    Moves come one at a time; by the time the next is asked for, the dialogue knows what the last one came to.
    Asked again for the same turn, after a crash, an agent goes on from what the dialogue says was told and done.
    """

    def moves(self, dialogue: Dialogue, playbook: Playbook, now: datetime, report: Report = unheard) -> Moves:
        """The answer to the latest turn. `now` is in the caller's zone; what models were asked goes to `report`."""

    def repeat(self, dialogue: Dialogue, playbook: Playbook, now: datetime) -> Moves:
        """The line dropped and came back: ask the last question again, in other words."""

    async def conclude(self, dialogue: Dialogue, playbook: Playbook, rules: Conclusion, report: Report) -> Conclusion:
        """What the finished call came to. `rules` is what the facts say; the outcome stays that."""


class Scheduler(Protocol):
    """Finds and books slots. An unreachable scheduler is a refusal, never an error."""

    async def offer(self, request: OfferSlots) -> SlotsOffered | Refused: ...

    async def book(self, request: Book) -> Booked | Refused: ...

    async def reschedule(self, request: Reschedule) -> Booked | Refused: ...

    async def cancel(self, request: Cancel) -> Cancelled | Refused: ...

    async def find(self, request: FindSlots) -> SlotsFound | Refused:
        """Free times, held for nobody."""


class Leads(Protocol):
    """What is known of the leads that were accepted."""

    async def facts(self, lead_id: str) -> LeadFacts:
        """Raises NotFound with the cure."""


class Playbooks(Protocol):
    """Finds the playbook of a call."""

    async def get(self, name: str, content_hash: str) -> Playbook:
        """That version if it is kept, else the current one of that name. Raises NotFound with the cure."""

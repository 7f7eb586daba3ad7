"""The facts of one call as a set: neither the order in which they come nor a repetition changes what it holds.

The place of a fact in its stream says what came before what. It also says which conversation facts count: those
of a worker whose claim was followed by a newer one, before the fact was stored, do not.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from contracts.calls import CallClaimed, CallClosing, CallReleased, CallTransferring
from contracts.event import Event
from contracts.turns import CallActed, CallSaid

E = TypeVar("E", bound=Event, covariant=True)
K = TypeVar("K", bound=Event)


@dataclass(frozen=True, slots=True)
class Fact(Generic[E]):
    """An event and its place in its stream; `stored_at` is when the stream stored it, in real time."""

    event: E
    sequence: int
    stored_at: datetime

    @property
    def call_id(self) -> UUID | None:
        """The call the fact belongs to, if it belongs to one."""
        call_id: UUID | None = getattr(self.event, "call_id", None)
        return call_id


class Facts:
    """What is known of one call."""

    def __init__(self, call_id: UUID, facts: Iterable[Fact[Event]] = ()) -> None:
        self.call_id = call_id
        self._facts: dict[tuple[type[Event], UUID], Fact[Event]] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: Fact[Event]) -> bool:
        """Take a fact in; False if it was known. Of two tellings of one fact the first one counts."""
        key = (type(fact.event), fact.event.event_id)
        known = self._facts.get(key)
        if known is not None and known.sequence <= fact.sequence:
            return False
        self._facts[key] = fact
        return True

    def __len__(self) -> int:
        return len(self._facts)

    def all(self, kind: type[K]) -> list[Fact[K]]:
        """Every fact of a kind that counts, in the order of their stream."""
        claims = self._claims() if kind in _UNDER_A_CLAIM else []
        return [fact for fact in self.every(kind) if not _is_stale(fact, claims)]

    def every(self, kind: type[K]) -> list[Fact[K]]:
        """Every fact of a kind in the order of their stream, be it that its teller's claim was over."""
        return sorted(
            (
                Fact(fact.event, fact.sequence, fact.stored_at)
                for fact in self._facts.values()
                if isinstance(fact.event, kind)
            ),
            key=lambda fact: fact.sequence,
        )

    def events(self, kind: type[K]) -> list[K]:
        """The events of a kind that count, in the order of their stream."""
        return [fact.event for fact in self.all(kind)]

    def first(self, kind: type[K]) -> K | None:
        """The earliest fact of a kind, or None."""
        found = self.all(kind)
        return found[0].event if found else None

    def last(self, kind: type[K]) -> K | None:
        """The latest fact of a kind, or None."""
        found = self.all(kind)
        return found[-1].event if found else None

    def _claims(self) -> list[int]:
        return sorted(fact.sequence for fact in self._facts.values() if isinstance(fact.event, CallClaimed))


_UNDER_A_CLAIM = (CallReleased, CallActed, CallSaid, CallClosing, CallTransferring)


def _is_stale(fact: Fact[Event], claims: list[int]) -> bool:
    """Whether a newer claim than the fact's own stood in the stream before the fact."""
    if not isinstance(fact.event, _UNDER_A_CLAIM):
        return False
    newer = bisect_right(claims, fact.event.epoch)
    return newer < len(claims) and claims[newer] < fact.sequence

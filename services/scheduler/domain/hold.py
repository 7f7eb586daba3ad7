"""A hold: a slot kept for the call it was offered in.

It is keyed by the call, not by the worker that asked, so it survives a change of worker. It lasts as long as a
call can, needs no renewal, and is released as soon as the call is over. The row outlives the hold: it is the
proof that the slot was offered in this call.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.scheduler.domain.slot import Slot

GRACE = timedelta(seconds=120)
"""How long a hold outlives the longest call: what a call's end may take to be heard."""

MAX_HELD = 12
"""So many slots one call may hold at a time: a caller who is never satisfied must not empty the calendar."""


@dataclass(frozen=True, slots=True)
class Hold:
    """`occupied_from` and `occupied_until` are the slot with its buffers; `wish_key` is what it was offered for."""

    call_id: UUID
    slot: Slot
    occupied_from: datetime
    occupied_until: datetime
    held_until: datetime
    wish_key: str

    def active(self, now: datetime) -> bool:
        return self.held_until > now


def held_until(now: datetime, max_call_s: float) -> datetime:
    """When a hold made now ends by itself."""
    return now + timedelta(seconds=max_call_s) + GRACE


def surplus(known: Iterable[Hold], new: Iterable[Hold], now: datetime) -> set[str]:
    """The ids of the slots a call must let go of to hold `new` as well: those held longest."""
    kept = {each.slot.slot_id for each in new}
    others = [each for each in known if each.active(now) and each.slot.slot_id not in kept]
    others.sort(key=lambda each: each.held_until, reverse=True)
    return {each.slot.slot_id for each in others[max(0, MAX_HELD - len(kept)) :]}

"""A piece of news on its way to somebody outside: tried until it is taken, refused for good, or a day old."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.contacts import ContactOptedOut
from contracts.event import Event
from contracts.meetings import MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.telemetry import CallLogged
from contracts.values import once_id
from services.runtime.backoff import Backoff

CLAIM = timedelta(minutes=5)
"""How long a delivery belongs to the one who is sending it; longer than any sending may take."""
GIVE_UP = timedelta(days=1)
BACKOFF = Backoff(timedelta(seconds=5), timedelta(hours=3), factor=3, jitter=0.2)
_ENVELOPE = {"event_id", "occurred_at", "correlation_id", "causation_id"}


class NewsKind(StrEnum):
    """What the world may be told of."""

    CALL_LOGGED = "call.logged"
    MEETING_BOOKED = "meeting.booked"
    MEETING_RESCHEDULED = "meeting.rescheduled"
    MEETING_CANCELLED = "meeting.cancelled"
    OPTED_OUT = "contact.opted_out"


FACTS: dict[type[Event], NewsKind] = {
    CallLogged: NewsKind.CALL_LOGGED,
    MeetingBooked: NewsKind.MEETING_BOOKED,
    MeetingRescheduled: NewsKind.MEETING_RESCHEDULED,
    MeetingCancelled: NewsKind.MEETING_CANCELLED,
    ContactOptedOut: NewsKind.OPTED_OUT,
}
KINDS: dict[str, type[Event]] = {news.value: kind for kind, news in FACTS.items()}

Content = dict[str, Any]


class DeliveryStatus(StrEnum):
    """What has become of a delivery. Only a pending one is sent; any other can be replayed while it has its content."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    """Refused for good, or given up after a day."""
    DROPPED = "dropped"
    """Nobody is there to take it: its endpoint was switched off or removed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """News for one destination. Moments are real ones: patience has nothing to do with a pinned clock."""

    delivery_id: UUID
    destination: str
    kind: str
    content: Content | None
    """`type`, `timestamp` and `data`; None once it is no longer kept."""
    lead_id: str | None
    created_at: datetime
    attempt_at: datetime
    give_up_at: datetime
    attempts: int = 0
    status: DeliveryStatus = DeliveryStatus.PENDING
    reason: str | None = None
    settled_at: datetime | None = None

    @classmethod
    def of(
        cls, destination: str, kind: str, about: object, content: Content, lead_id: str | None, now: datetime
    ) -> "Delivery":
        """The id is the same for the same news to the same destination, so that it is stored and sent once."""
        delivery_id = once_id("delivery", destination, kind, about)
        return cls(delivery_id, destination, kind, content, lead_id, now, now, now + GIVE_UP)

    @property
    def sink(self) -> str:
        """Who carries it: the destination without what names one of many."""
        return self.destination.partition(":")[0]

    def claimed(self, now: datetime) -> "Delivery":
        """Nobody else tries until the claim is over."""
        return replace(self, attempts=self.attempts + 1, attempt_at=now + CLAIM)

    def sent(self, now: datetime) -> "Delivery":
        return replace(self, status=DeliveryStatus.SENT, reason=None, settled_at=now)

    def dead(self, reason: str, now: datetime) -> "Delivery":
        return replace(self, status=DeliveryStatus.DEAD, reason=reason, settled_at=now)

    def dropped(self, reason: str, now: datetime) -> "Delivery":
        return replace(self, status=DeliveryStatus.DROPPED, reason=reason, settled_at=now)

    def refused_for_now(self, reason: str, now: datetime, wait: timedelta | None = None) -> "Delivery":
        """To be tried again after a delay that grows, or after `wait` if the other side names one, and a
        last time when the day is over; dead after that."""
        if now >= self.give_up_at:
            return self.dead(f"given up after {self.attempts} attempts: {reason}", now)
        again = now + max(BACKOFF.after(self.attempts, random.uniform(-1, 1)), wait or timedelta())  # noqa: S311
        return replace(self, attempt_at=min(again, self.give_up_at), reason=reason)

    def replayed(self, now: datetime) -> "Delivery":
        """To be sent once more, and for another day."""
        return replace(
            self,
            status=DeliveryStatus.PENDING,
            attempt_at=now,
            give_up_at=now + GIVE_UP,
            attempts=0,
            reason=None,
            settled_at=None,
        )


def content_of(event: Event) -> Content:
    """A fact as the world is told it: what happened, when, and what is known of it."""
    told = event.model_dump(mode="json", exclude_none=True)
    data = {name: value for name, value in told.items() if name not in _ENVELOPE}
    return {"type": FACTS[type(event)].value, "timestamp": told["occurred_at"], "data": data}


def event_in(content: Content) -> Event:
    """The fact that a content tells. Raises KeyError if it tells none."""
    return KINDS[content["type"]].model_validate(content["data"] | {"occurred_at": content["timestamp"]})

"""What a representative's own calendar shows: when its owner is busy, and what has become of our meetings. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.scheduler.domain.meeting import Meeting
from services.scheduler.domain.slot import MINUTES

Span = tuple[datetime, datetime]
"""From when until when."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a calendar shows of a meeting. Without a start its event is gone; `odd` says why it can be no meeting."""

    meeting_id: UUID
    start: datetime | None = None
    end: datetime | None = None
    odd: str | None = None
    sequence: int | None = None
    """Which change of the meeting the event was last written for, if the calendar keeps that."""

    @property
    def gone(self) -> bool:
        return self.start is None and self.odd is None

    def agrees(self, meeting: Meeting) -> bool:
        """Whether the event is when the meeting is."""
        return (self.start, self.end) == (meeting.start, meeting.end)

    def older_than(self, written: int) -> bool:
        """Whether the calendar showed us what we had written before the change that we wrote last."""
        return self.sequence is not None and self.sequence < written

    @property
    def impossible(self) -> str | None:
        """Why no meeting can be like that, if none can."""
        if self.odd or self.start is None or self.end is None:
            return self.odd
        minutes = (self.end - self.start).total_seconds() / 60
        return None if minutes in MINUTES else f"a meeting takes {MINUTES.start} to {MINUTES.stop - 1} whole minutes"


@dataclass(frozen=True, slots=True)
class Changes:
    """Known meetings whose events changed, and where to go on looking; without a cursor every look sees all."""

    sightings: tuple[Sighting, ...]
    cursor: str | None


def without(spans: Iterable[Span], own: Span) -> list[Span]:
    """Busy time less the time of one of our own meetings, which its calendar shows as busy too.

    >>> [(a, b) for a, b in without([(1, 5), (7, 9)], (2, 3))]
    [(1, 2), (3, 5), (7, 9)]
    """
    start, end = own
    left: list[Span] = []
    for since, until in spans:
        left += [(since, min(until, start))] if since < start else []
        left += [(max(since, end), until)] if until > end else []
    return left

"""A task to make a representative's own calendar show a meeting as it stands: tried until it does, for a day.

There is one task for a meeting in a calendar, whatever happens to the meeting: it says that the calendar is out of
date, not what to write, so whoever does it late or twice still writes what is true by then.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.runtime.backoff import Backoff

CLAIM = timedelta(minutes=3)
"""How long a task belongs to the one who does it; longer than writing to a calendar may take."""
PATIENCE = timedelta(days=1)
"""How long a calendar that does not take an event is tried."""
BACKOFF = Backoff(timedelta(seconds=5), timedelta(minutes=15))

DISCONNECTED = "this calendar is not connected any more"


class TaskStatus(StrEnum):
    """What has become of a task."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class CalendarTask:
    """`account` names the calendar. `version` counts what the task was made anew for. `attempt_at` is when to try."""

    meeting_id: UUID
    representative_id: str
    account: str
    version: int
    created_at: datetime
    attempt_at: datetime
    give_up_at: datetime
    claimed_until: datetime | None = None
    attempts: int = 0
    status: TaskStatus = TaskStatus.PENDING
    reason: str | None = None
    done_at: datetime | None = None
    written: int = 0
    """Which change of the meeting was written last: its sequence."""

    @classmethod
    def of(cls, meeting_id: UUID, representative_id: str, account: str, now: datetime) -> "CalendarTask":
        return cls(meeting_id, representative_id, account, 1, now, attempt_at=now, give_up_at=now + PATIENCE)

    @property
    def pending(self) -> bool:
        return self.status is TaskStatus.PENDING

    def again(self, now: datetime, account: str | None = None) -> "CalendarTask":
        """To be done anew: the meeting has changed, or the calendar. Whoever is at it finishes first."""
        fresh = CalendarTask.of(self.meeting_id, self.representative_id, account or self.account, now)
        return replace(fresh, version=self.version + 1, claimed_until=self.claimed_until, written=self.written)

    def claimed(self, now: datetime) -> "CalendarTask":
        return replace(self, attempts=self.attempts + 1, claimed_until=now + CLAIM)

    def released(self) -> "CalendarTask":
        """Not done: it has been made anew meanwhile."""
        return replace(self, claimed_until=None)

    def done(self, now: datetime, written: int) -> "CalendarTask":
        """The calendar shows the meeting as it was at its change number `written`."""
        return replace(self, status=TaskStatus.DONE, claimed_until=None, reason=None, done_at=now, written=written)

    def dropped(self, reason: str) -> "CalendarTask":
        return replace(self, status=TaskStatus.DROPPED, claimed_until=None, reason=reason)

    def refused(self, reason: str, now: datetime) -> "CalendarTask":
        """To be tried again after a delay that grows; failed when a day has passed."""
        again = now + BACKOFF.after(self.attempts)
        if again >= self.give_up_at:
            failed = f"given up after {self.attempts} attempts: {reason}"
            return replace(self, status=TaskStatus.FAILED, claimed_until=None, reason=failed)
        return replace(self, attempt_at=again, claimed_until=None, reason=reason)


@dataclass(frozen=True, slots=True)
class Watch:
    """How far a calendar has been read: to the `cursor`, and again after `look_at`. `problem` is why not, if not."""

    representative_id: str
    account: str
    look_at: datetime
    cursor: str | None = None
    looked_at: datetime | None = None
    problem: str | None = None

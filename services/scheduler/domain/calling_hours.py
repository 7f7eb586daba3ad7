"""When a lead may be called back, so that a wish outside of it is moved, and why.

The dialer decides at the moment of dialing, by rules of its own that know more (a lead's other zone, a campaign's
hours). This is the part of them that a promise must know: working days, and hours that people put up with.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from services.scheduler.domain.working_days import FAST_OF_AV, FRIDAY_REASON, DayKind, WorkingDays, silence

ISRAEL = ZoneInfo("Asia/Jerusalem")
OPENS, CLOSES = time(9, 0), time(18, 30)
SHORT_DAY_CLOSES = time(12, 0)
FRIDAY_CLOSES = time(12, 30)
SIREN = "nobody is called around a memorial siren"
FRIDAYS_TOO = WorkingDays(fridays=True)
_LONGEST_CLOSURE = 30
"""Days."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first moment at which a lead may be called. `reason` says why not at the moment asked for."""

    at: datetime
    reason: str | None = None


class CallingHours(Protocol):
    """When leads may be called back."""

    def opening(self, moment: datetime) -> Opening:
        """The first moment from `moment` on."""


class AlwaysOpen:
    """For a simulated carrier, whose people never sleep."""

    def opening(self, moment: datetime) -> Opening:
        return Opening(moment)


@dataclass(frozen=True)
class IsraeliHours:
    """Sunday to Thursday 09:00 to 18:30, Friday until 12:30, eves and half days until 12:00, Asia/Jerusalem."""

    working_days: WorkingDays = FRIDAYS_TOO

    def opening(self, moment: datetime) -> Opening:
        """See CallingHours. After a month without an opening it is left to the dialer."""
        local = moment.astimezone(ISRAEL)
        for later in range(_LONGEST_CLOSURE):
            day = local.date() + timedelta(days=later)
            closes = self._closes(day)
            if closes is None:
                continue
            opens = datetime.combine(day, OPENS, ISRAEL).astimezone(UTC)
            if later == 0 and opens <= moment and local.time() < closes:
                quiet = silence(day)
                if quiet and quiet[0] <= local.time() < quiet[1]:
                    return Opening(datetime.combine(day, quiet[1], ISRAEL).astimezone(UTC), SIREN)
                return Opening(moment)
            if opens > moment:
                return Opening(opens, self._why(local))
        return Opening(moment)

    def _closes(self, day: date) -> time | None:
        found = self.working_days.on(day)
        if found.kind is DayKind.CLOSED or found.reason == FAST_OF_AV:  # nobody is sold to on a day of mourning
            return None
        if found.kind is DayKind.OPEN:
            return CLOSES
        return FRIDAY_CLOSES if found.reason == FRIDAY_REASON else SHORT_DAY_CLOSES

    def _why(self, local: datetime) -> str:
        day, closes = self.working_days.on(local.date()), self._closes(local.date())
        if closes is None:
            return f"nobody is called on {day.reason}"
        on = f" on {day.reason}" if day.reason else ""
        return f"calls are made from {OPENS:%H:%M} to {closes:%H:%M}{on}"

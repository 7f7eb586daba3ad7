"""When somebody in another country may be called: within working hours wherever their number may be, and on no day on
which nobody is called in Israel either."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.dialer.domain.calling_hours import CLOSES, OPENS, IsraeliHours
from services.dialer.domain.israeli_calendar import FRIDAY, ISRAEL

_FURTHEST_DAYS = 30


@dataclass(frozen=True)
class HoursAbroad:
    """Monday to Friday, 09:00 to 18:30, in every one of `zones` (IANA names); never, if none is known."""

    israeli: IsraeliHours
    zones: tuple[str, ...]

    def is_open(self, moment: datetime) -> bool:
        there = [moment.astimezone(ZoneInfo(zone)) for zone in self.zones]
        if not there or not self.israeli.spans(moment.astimezone(ISRAEL).date()):
            return False
        return all(local.weekday() <= FRIDAY and OPENS <= local.time() < CLOSES for local in there)

    def next_open(self, moment: datetime) -> datetime:
        """See CallingHours. Raises ValueError if there is no such moment within a month."""
        if self.is_open(moment):
            return moment
        today = moment.astimezone(UTC).date()
        begins = [(time.min, ISRAEL), *((OPENS, ZoneInfo(zone)) for zone in self.zones)]
        openings = sorted(
            datetime.combine(today + timedelta(days=later), start, zone).astimezone(UTC)
            for later in range(-1, _FURTHEST_DAYS)
            for start, zone in begins
        )
        for opening in openings:
            if opening > moment and self.is_open(opening):
                return opening
        where = ", ".join(self.zones) or "no zone that is known"
        raise ValueError(f"it is never working time at once wherever the number may be ({where}); call by hand")

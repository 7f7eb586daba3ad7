"""When a business in Israel may be called: within working hours, not on Shabbat and holidays, and never into the
quiet of a memorial siren."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from services.dialer.domain.israeli_calendar import ISRAEL, DayKind, is_chol_hamoed, kind_of_day

Span = tuple[time, time]

OPENS = time(9, 0)
CLOSES = time(18, 30)
FRIDAY_CLOSES = time(12, 30)
EVE_CLOSES = time(12, 0)
HOLOCAUST_SIREN = (time(9, 50), time(10, 10))
MEMORIAL_SIREN = (time(10, 50), time(11, 10))
"""The sirens sound at ten and at eleven; nobody should be on the phone with us when they do."""

_LONGEST_CLOSURE = timedelta(days=30)


class CallingHours(Hashable, Protocol):
    """When calls may be placed."""

    def is_open(self, moment: datetime) -> bool: ...

    def next_open(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which calls may be placed."""


class AlwaysOpen:
    """For simulated carriers, whose people never sleep."""

    def is_open(self, moment: datetime) -> bool:
        return True

    def next_open(self, moment: datetime) -> datetime:
        return moment


@dataclass(frozen=True)
class IsraeliHours:
    """Sunday to Thursday 09:00 to 18:30, Friday until 12:30, eves and half days until 12:00, Asia/Jerusalem."""

    on_chol_hamoed: bool = True
    """False: nobody is called during Passover and Sukkot, not even in the morning."""
    closed_days: frozenset[date] = frozenset()
    """Days that no calendar knows in advance, such as elections."""

    def spans(self, day: date) -> Sequence[Span]:
        """When calls may be placed on a day, in local time."""
        kind = kind_of_day(day)
        if day in self.closed_days or kind is DayKind.CLOSED:
            return ()
        if not self.on_chol_hamoed and is_chol_hamoed(day):
            return ()
        return _SPANS[kind]

    def is_open(self, moment: datetime) -> bool:
        local = moment.astimezone(ISRAEL)
        now = local.time()
        return any(start <= now < end for start, end in self.spans(local.date()))

    def next_open(self, moment: datetime) -> datetime:
        """See CallingHours. Raises ValueError if a whole month is closed."""
        if self.is_open(moment):
            return moment
        day = moment.astimezone(ISRAEL).date()
        for later in range(_LONGEST_CLOSURE.days):
            each = day + timedelta(days=later)
            for start, _ in self.spans(each):
                opening = datetime.combine(each, start, ISRAEL).astimezone(UTC)
                if opening > moment:
                    return opening
        raise ValueError(f"no calling hours within {_LONGEST_CLOSURE.days} days of {day}; check EXTRA_CLOSED_DAYS")


def _around(siren: Span) -> tuple[Span, Span]:
    return (OPENS, siren[0]), (siren[1], CLOSES)


_EVE = ((OPENS, EVE_CLOSES),)
_SPANS: dict[DayKind, tuple[Span, ...]] = {
    DayKind.ORDINARY: ((OPENS, CLOSES),),
    DayKind.FRIDAY: ((OPENS, FRIDAY_CLOSES),),
    DayKind.EVE: _EVE,
    DayKind.CHOL_HAMOED: _EVE,
    DayKind.REDUCED: _EVE,
    DayKind.HOLOCAUST_DAY: _around(HOLOCAUST_SIREN),
    DayKind.MEMORIAL_DAY: ((OPENS, MEMORIAL_SIREN[0]), (MEMORIAL_SIREN[1], EVE_CLOSES)),
}

"""Time as a port: every service asks this clock, so that a demo or a test can show it another moment.

The pin (the moment shown, and the real moment at which it was shown) is stored once per system by the
provisioner. Time runs on from it, the same in every process, whenever it starts or restarts.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel

ISRAEL = ZoneInfo("Asia/Jerusalem")


class Pin(BaseModel):
    """`shown` is what the clock said at the real moment `real`; `asked` is the setting that asked for it."""

    asked: AwareDatetime
    shown: AwareDatetime
    real: AwareDatetime


@dataclass(frozen=True)
class Clock:
    """Says what time it is. `offset` is how far the moment shown is from the real one."""

    offset: timedelta = timedelta()

    @classmethod
    def pinned(cls, pin: Pin | None) -> "Clock":
        return cls(pin.shown - pin.real) if pin else cls()

    @property
    def is_pinned(self) -> bool:
        return bool(self.offset)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC) + self.offset

    def real(self) -> datetime:
        """The real moment in UTC, whatever this clock shows: what outsiders know, and what patience is measured by."""
        return self.now() - self.offset

    def monotonic(self) -> float:
        """Seconds for measuring how long something takes."""
        return time.monotonic()

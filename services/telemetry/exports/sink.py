"""What carries a delivery to its destination, and the ways in which that can fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from services.runtime.errors import Refused, Unavailable
from services.telemetry.domain.delivery import Delivery


class NotTaken(Unavailable):
    """The other side did not take it now. `wait` is how long it asked for, if it did."""

    def __init__(self, detail: str, *, status_code: int | None = None, wait: timedelta | None = None) -> None:
        super().__init__(detail)
        self.status_code = status_code
        self.wait = wait


class NeverTaken(Refused):
    """The other side will never take it; trying again changes nothing."""

    def __init__(self, detail: str, *, status_code: int | None = None) -> None:
        super().__init__(detail)
        self.status_code = status_code


class NobodyThere(Refused):
    """The destination is gone or switched off."""


class Sink(Protocol):
    """Carries deliveries whose destination begins with its name."""

    name: str

    async def send(self, delivery: Delivery) -> int | None:
        """Deliver once; the answer is the HTTP status if there is one. A delivery that is sent again, under the same
        id, changes nothing. Raises NotTaken, NeverTaken or NobodyThere."""

    async def close(self) -> None:
        """Leave nothing open."""


@dataclass(frozen=True)
class Person:
    """By what somebody who is to be forgotten is known outside: the ids that we wrote there, and their numbers."""

    lead_ids: tuple[str, ...]
    phones: tuple[str, ...] = ()
    call_ids: tuple[str, ...] = ()
    meeting_ids: tuple[str, ...] = ()


class Eraser(Protocol):
    """A sink that can take back what it was told."""

    name: str

    async def erase(self, person: Person) -> Mapping[str, int]:
        """Delete what it has about somebody. Returns how many of what went; done again, none. Raises NotTaken,
        NeverTaken."""

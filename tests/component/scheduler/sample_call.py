"""The requests one call makes, at a Sunday morning in November 2026."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from contracts.requests import Book, OfferSlots
from contracts.values import LeadFacts, TimeWindow

ISRAEL = ZoneInfo("Asia/Jerusalem")
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=ISRAEL)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class SampleCall:
    """The requests one call makes."""

    call_id: UUID
    lead_id: str
    epoch: int = 7

    def succeeded(self) -> "SampleCall":
        """The same call under a newer worker."""
        return replace(self, epoch=self.epoch + 1)

    def offer(self, wish: TimeWindow | None = None, **more) -> OfferSlots:
        return OfferSlots(call_id=self.call_id, lead_id=self.lead_id, epoch=self.epoch, wish=wish, **more)

    def book(self, slot_id: str) -> Book:
        lead = LeadFacts(name="דנה כהן", company="אורנט")
        phone = "+972542345678"
        return Book(
            call_id=self.call_id, lead_id=self.lead_id, epoch=self.epoch, slot_id=slot_id, lead=lead, phone=phone
        )


def a_call() -> SampleCall:
    return SampleCall(uuid4(), f"lead-{uuid4().hex[:8]}")


def exactly(day: int, hour: int, minute: int = 0) -> TimeWindow:
    """That moment of November 2026 by Israel's clocks."""
    moment = datetime(2026, 11, day, hour, minute, tzinfo=ISRAEL)
    return TimeWindow(start=moment, end=moment)

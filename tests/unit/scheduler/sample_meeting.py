"""A meeting in November 2026, at half past ten by Israel's clocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.values import LeadFacts
from services.scheduler.domain.meeting import Meeting

START = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
BOOKED_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LEAD = LeadFacts(
    name="דנה כהן",
    company="אורנט, ייבוא; ושיווק בע״מ",
    email="dana@ornat.example",
    current_challenges='לידים "קרים"\nואין מעקב',
)


def meeting(**changes) -> Meeting:
    known = Meeting(
        meeting_id=UUID("0198c5a0-0000-7000-8000-000000000001"),
        lead_id="dana",
        call_id=None,
        slot_id="noa-20261124T0830Z",
        representative_id="noa",
        representative_name="נועה לביא",
        time_zone="Asia/Jerusalem",
        start=START,
        end=START + timedelta(minutes=20),
        occupied_from=START,
        occupied_until=START + timedelta(minutes=30),
        lead=LEAD,
        phone="+972542345678",
        booked_at=BOOKED_AT,
    )
    return replace(known, **changes)

"""Which lead of ours is which of another system's, and what that system was last told of it."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.dialer.tables import Base


class SourcedRow(Base):
    """A lead that came from another system."""

    __tablename__ = "sourced_leads"
    __table_args__ = (Index("ix_sourced_leads_lead_id", "lead_id"),)

    source: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    lead_id: Mapped[str | None]
    """None: what that system has is no lead, and `problem` says why."""
    problem: Mapped[str | None] = mapped_column(Text)
    told: Mapped[bool]
    """Whether that system was told how the lead stands by what follows."""
    told_state: Mapped[str | None]
    told_outcome: Mapped[str | None]
    told_due_at: Mapped[datetime | None]

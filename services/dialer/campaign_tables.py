"""The tables of campaigns, and of answers to requests that may be repeated."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from contracts.control import CampaignPlan, CampaignState
from services.dialer.domain.breaker import Breaker
from services.dialer.domain.campaign import Campaign
from services.dialer.tables import Base


class CampaignRow(Base):
    """A campaign's plan, and where it stands."""

    __tablename__ = "campaigns"
    __table_args__ = (Index("ix_campaigns_state", "state"),)

    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failures: Mapped[list[str]] = mapped_column(JSON)
    retry_at: Mapped[datetime | None]
    next_call_at: Mapped[datetime | None]


class AnswerRow(Base):
    """What was answered to a request that carried a key, so that its repetition gets the same answer."""

    __tablename__ = "answers"
    __table_args__ = (Index("ix_answers_answered_at", "answered_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[str]
    """A digest of what was asked."""
    answer: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime]


def campaign_of(row: CampaignRow) -> Campaign:
    return Campaign(
        campaign_id=row.campaign_id,
        plan=CampaignPlan.model_validate(row.plan),
        created_at=row.created_at,
        state=CampaignState(row.state),
        reason=row.reason,
        started_at=row.started_at,
        finished_at=row.finished_at,
        breaker=Breaker(tuple(row.failures), row.retry_at),
        next_call_at=row.next_call_at,
    )


def campaign_row(campaign: Campaign) -> CampaignRow:
    return CampaignRow(
        campaign_id=campaign.campaign_id,
        plan=campaign.plan.model_dump(mode="json"),
        created_at=campaign.created_at,
        state=campaign.state.value,
        reason=campaign.reason,
        started_at=campaign.started_at,
        finished_at=campaign.finished_at,
        failures=list(campaign.breaker.failures),
        retry_at=campaign.breaker.retry_at,
        next_call_at=campaign.next_call_at,
    )

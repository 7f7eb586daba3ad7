"""Campaigns, the answers to requests with a key, and the failures that opened the carrier's breaker."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_answered_at", "answers", ["answered_at"], unique=False)
    op.create_table(
        "campaigns",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.JSON(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_call_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaigns")),
    )
    op.create_index("ix_campaigns_state", "campaigns", ["state"], unique=False)
    op.add_column("attempts", sa.Column("campaign_id", sa.Uuid(), nullable=True))
    op.create_index("ix_attempts_campaign_id", "attempts", ["campaign_id"], unique=False)
    op.create_index("ix_leads_campaign", "leads", ["campaign_id", "state", "due_at"], unique=False)
    op.add_column("paces", sa.Column("failures", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("paces", "failures")
    op.drop_index("ix_leads_campaign", "leads")
    op.drop_index("ix_attempts_campaign_id", "attempts")
    op.drop_column("attempts", "campaign_id")
    op.drop_table("campaigns")
    op.drop_table("answers")

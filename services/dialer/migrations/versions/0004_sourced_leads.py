"""Leads that came from another system, and what that was last told of each."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sourced_leads",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("lead_id", sa.String(length=64), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("told_state", sa.String(length=64), nullable=True),
        sa.Column("told_outcome", sa.String(length=64), nullable=True),
        sa.Column("told_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", "reference", name=op.f("pk_sourced_leads")),
    )
    op.create_index("ix_sourced_leads_lead_id", "sourced_leads", ["lead_id"], unique=False)


def downgrade() -> None:
    op.drop_table("sourced_leads")

"""Deliveries are counted by destination and status without being read."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_deliveries_destination", "deliveries", ["destination", "status"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_destination", "deliveries")

"""Finds the leads that are to be called back, among however many wait."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CALLED_BACK = sa.text("callback_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_leads_called_back", "leads", ["due_at"], sqlite_where=_CALLED_BACK, postgresql_where=_CALLED_BACK
    )


def downgrade() -> None:
    op.drop_index("ix_leads_called_back", "leads")

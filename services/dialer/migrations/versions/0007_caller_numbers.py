"""Notes the number that each call was made from, and counts how many each has made today."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("from_number", sa.String(16), nullable=True))
    op.create_index("ix_attempts_from_number", "attempts", ["from_number", "requested_at"])


def downgrade() -> None:
    op.drop_index("ix_attempts_from_number", "attempts")
    op.drop_column("attempts", "from_number")

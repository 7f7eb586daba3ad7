"""How often and when a meeting was changed: what its invitations carry."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meetings", sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
    op.add_column("meetings", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("meetings") as meetings:
        meetings.drop_column("changed_at")
        meetings.drop_column("sequence")

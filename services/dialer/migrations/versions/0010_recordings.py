"""Recordings that the carrier keeps, so that it can be asked to delete them when their time is over."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_recordings")),
    )
    op.create_index("ix_recordings_call_id", "recordings", ["call_id"], unique=False)
    op.create_index("ix_recordings_ready_at", "recordings", ["ready_at"], unique=False)
    with op.batch_alter_table("erasure_copies") as batch:
        batch.alter_column("erasure_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM erasure_copies WHERE erasure_id IS NULL")
    with op.batch_alter_table("erasure_copies") as batch:
        batch.alter_column("erasure_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("recordings")

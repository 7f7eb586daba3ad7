"""What representatives' own calendars are to be told, and how far they have been read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_tasks",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("representative_id", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "representative_id", name=op.f("pk_calendar_tasks")),
    )
    op.create_index(
        "ix_calendar_tasks_attempt_at",
        "calendar_tasks",
        ["attempt_at"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_calendar_tasks_created_at", "calendar_tasks", ["created_at"], unique=False)
    op.create_index("ix_calendar_tasks_representative_id", "calendar_tasks", ["representative_id"], unique=False)
    op.create_table(
        "calendar_watches",
        sa.Column("representative_id", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("representative_id", name=op.f("pk_calendar_watches")),
    )


def downgrade() -> None:
    op.drop_table("calendar_watches")
    op.drop_table("calendar_tasks")

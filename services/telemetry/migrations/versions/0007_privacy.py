"""Who was forgotten; and facts named also by when their stream stored them, since one made anew begins at 1 again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = "stream, sequence, subject, kind, call_id, lead_id, stored_at, body"
NO_CALL = sa.text("call_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_forgotten"),
    )
    _key_facts_by("stream", "sequence", "stored_at")


def downgrade() -> None:
    _key_facts_by("stream", "sequence")
    op.drop_table("forgotten")


def _key_facts_by(*columns: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("pk_facts", "facts", type_="primary")
        op.create_primary_key("pk_facts", "facts", list(columns))
        return
    op.create_table(
        "new_facts",
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.String(length=64), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*columns, name="pk_facts"),
    )
    op.execute(f"INSERT OR IGNORE INTO new_facts ({COLUMNS}) SELECT {COLUMNS} FROM facts")  # noqa: S608  our own names
    op.drop_table("facts")
    op.rename_table("new_facts", "facts")
    op.create_index("ix_facts_call_id", "facts", ["call_id"])
    for name in ("kind", "lead_id"):
        op.create_index(f"ix_facts_{name}", "facts", [name, "stored_at"], sqlite_where=NO_CALL)

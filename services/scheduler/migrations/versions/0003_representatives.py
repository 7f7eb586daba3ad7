"""Representatives stored over the file; why a callback was moved; what a person asked for under a key."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "representatives",
        sa.Column("representative_id", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("representative_id", name=op.f("pk_representatives")),
    )
    op.create_table(
        "roster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster")),
    )
    op.add_column("callbacks", sa.Column("moved_because", sa.Text(), nullable=True))
    op.add_column("meetings", sa.Column("request_digest", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("meetings") as meetings:
        meetings.drop_column("request_digest")
    with op.batch_alter_table("callbacks") as callbacks:
        callbacks.drop_column("moved_because")
    op.drop_table("roster")
    op.drop_table("representatives")

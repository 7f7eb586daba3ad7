"""Indexes in the order in which calls are counted: by feature, then by stage."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FEATURES = {
    name: [name]
    for name in ("outcome", "disposition", "interest", "lead_id", "campaign_id", "business_type", "hour", "attempt")
} | {"playbook": ["playbook", "variant"]}


def upgrade() -> None:
    _index_by("reached", "began_at")


def downgrade() -> None:
    _index_by("began_at", "reached")


def _index_by(*order: str) -> None:
    for name, columns in FEATURES.items():
        op.drop_index(f"ix_calls_{name}", "calls")
        op.create_index(f"ix_calls_{name}", "calls", [*columns, *order])

"""Indexes that hold all that sums over calls need."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REPLACED = ("outcome", "disposition", "lead_id", "campaign_id")
NEW = ("interest", "business_type", "hour", "attempt")


def upgrade() -> None:
    for name in (*REPLACED, "playbook"):
        op.drop_index(f"ix_calls_{name}", "calls")
    for name in REPLACED + NEW:
        op.create_index(f"ix_calls_{name}", "calls", [name, "began_at", "reached"])
    op.create_index("ix_calls_playbook", "calls", ["playbook", "variant", "began_at", "reached"])
    op.create_index("ix_waits_step", "waits", ["step", "turns"])


def downgrade() -> None:
    op.drop_index("ix_waits_step", "waits")
    for name in (*REPLACED, *NEW, "playbook"):
        op.drop_index(f"ix_calls_{name}", "calls")
    for name in (*REPLACED, "playbook"):
        op.create_index(f"ix_calls_{name}", "calls", [name, "began_at"])

"""Records beside the narrow calls, words to search, waits, objections, leads, and how far a rebuild has come.

Every finished call is folded again when the service has started, which fills the new columns.
"""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW: tuple[sa.Column[Any], ...] = (
    sa.Column("business_type", sa.Text(), nullable=True),
    sa.Column("playbook", sa.Text(), nullable=True),
    sa.Column("variant", sa.Text(), nullable=True),
    sa.Column("line", sa.Text(), nullable=True),
    sa.Column("answered_by", sa.String(length=16), nullable=True),
    sa.Column("interest", sa.String(length=8), nullable=True),
    sa.Column("reached", sa.SmallInteger(), server_default="0", nullable=False),
    sa.Column("hour", sa.SmallInteger(), nullable=True),
    sa.Column("agent_share", sa.Double(), nullable=True),
    sa.Column("interruptions", sa.SmallInteger(), server_default="0", nullable=False),
    sa.Column("longest_monologue_words", sa.Integer(), server_default="0", nullable=False),
    sa.Column("cost", sa.Double(), nullable=True),
    sa.Column("currency", sa.String(length=3), nullable=True),
    sa.Column("has_recording", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("is_whole", sa.Boolean(), server_default=sa.false(), nullable=False),
)
VERDICTS = {"LeadAccepted": "accepted", "LeadRefused": "refused", "LeadDeferred": "deferred"}

SQLITE_SEARCH = (
    """CREATE VIRTUAL TABLE transcripts_words USING fts5(
         words, content='transcripts', content_rowid='id', tokenize='unicode61', prefix='2 3')""",
    """CREATE TRIGGER transcripts_inserted AFTER INSERT ON transcripts BEGIN
         INSERT INTO transcripts_words(rowid, words) VALUES (new.id, new.words); END""",
    """CREATE TRIGGER transcripts_deleted AFTER DELETE ON transcripts BEGIN
         INSERT INTO transcripts_words(transcripts_words, rowid, words) VALUES ('delete', old.id, old.words); END""",
    """CREATE TRIGGER transcripts_changed AFTER UPDATE ON transcripts WHEN old.words <> new.words BEGIN
         INSERT INTO transcripts_words(transcripts_words, rowid, words) VALUES ('delete', old.id, old.words);
         INSERT INTO transcripts_words(rowid, words) VALUES (new.id, new.words); END""",
)
POSTGRESQL_SEARCH = ("CREATE INDEX ix_transcripts_words ON transcripts USING gin (to_tsvector('simple', words))",)


def upgrade() -> None:
    _create_tables()
    for column in NEW:
        op.add_column("calls", column)
    op.create_index("ix_calls_duration_s", "calls", ["duration_s", "call_id"])
    op.create_index("ix_calls_campaign_id", "calls", ["campaign_id", "began_at"])
    op.create_index("ix_calls_playbook", "calls", ["playbook", "began_at"])
    dialect = op.get_bind().dialect.name
    for statement in SQLITE_SEARCH if dialect == "sqlite" else POSTGRESQL_SEARCH:
        op.execute(statement)
    _move_records()
    _judge_leads()


def downgrade() -> None:
    op.add_column("calls", sa.Column("record", sa.JSON(), nullable=True))
    op.execute("UPDATE calls SET record = (SELECT record FROM records WHERE records.call_id = calls.call_id)")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE transcripts_words")
    for table in ("rebuilds", "leads", "objections", "waits", "transcripts", "records"):
        op.drop_table(table)
    for name in ("ix_calls_playbook", "ix_calls_campaign_id", "ix_calls_duration_s"):
        op.drop_index(name, "calls")
    for column in NEW:
        op.execute(f"ALTER TABLE calls DROP COLUMN {column.name}")


def _create_tables() -> None:
    op.create_table(
        "records",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_records_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", name="pk_records"),
    )
    op.create_table(
        "transcripts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_transcripts_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_transcripts"),
        sa.UniqueConstraint("call_id", name="uq_transcripts_call_id"),
    )
    op.create_table(
        "waits",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("turns", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_waits_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "step", name="pk_waits"),
    )
    op.create_table(
        "objections",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_objections_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "kind", name="pk_objections"),
    )
    op.create_table(
        "leads",
        sa.Column("lead_id", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "campaign_id", name="pk_leads"),
    )
    op.create_index("ix_leads_told_at", "leads", ["told_at"])
    op.create_table(
        "rebuilds",
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("part", name="pk_rebuilds"),
    )


def _move_records() -> None:
    """Out of the narrow table; finished calls fall due, so that the service folds them with what is new."""
    op.execute("INSERT INTO records (call_id, record) SELECT call_id, record FROM calls WHERE record IS NOT NULL")
    calls = sa.table(
        "calls",
        sa.column("call_id", sa.Uuid()),
        sa.column("record", sa.JSON()),
        sa.column("is_whole", sa.Boolean()),
        sa.column("due_at", sa.DateTime(timezone=True)),
        sa.column("logged_at", sa.DateTime(timezone=True)),
    )
    requested = calls.c.record["requested_at"].as_string().is_not(None)
    op.execute(sa.update(calls).where(requested).values(is_whole=True))
    op.execute(sa.update(calls).where(calls.c.logged_at.is_not(None)).values(due_at=datetime.now(UTC)))
    op.execute("ALTER TABLE calls DROP COLUMN record")


def _judge_leads() -> None:
    """The latest verdict on each lead, from the facts that are kept."""
    facts = sa.table("facts", *(sa.column(name) for name in ("kind", "sequence", "body")))
    leads = sa.table(
        "leads",
        sa.column("lead_id"),
        sa.column("campaign_id", sa.Uuid()),
        sa.column("told_at", sa.DateTime(timezone=True)),
        sa.column("verdict"),
        sa.column("sequence"),
    )
    told = op.get_bind().execute(
        sa.select(facts.c.kind, facts.c.sequence, facts.c.body)
        .where(facts.c.kind.in_(VERDICTS))
        .order_by(facts.c.sequence)
    )
    found: dict[tuple[str, UUID], dict[str, object]] = {}
    for kind, sequence, text in told:
        body = json.loads(text)
        key = (body["lead_id"], UUID(body["campaign_id"]) if body.get("campaign_id") else UUID(int=0))
        at = datetime.fromisoformat(body["occurred_at"]).astimezone(UTC)
        first = found[key]["told_at"] if key in found else at
        found[key] = {
            "lead_id": key[0],
            "campaign_id": key[1],
            "told_at": first,
            "verdict": VERDICTS[kind],
            "sequence": sequence,
        }
    if found:
        op.bulk_insert(leads, list(found.values()))

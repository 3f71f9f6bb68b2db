"""Revision 0001: artifacts, versions, tags, aliases, moves, runs, results, scores, caches, blobs, corpora, deliveries.

Frozen once released: it describes what the database looked like then, so it never imports the tables of today.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlalchemy as sa

revision = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NUMBER = ["versions.kind", "versions.name", "versions.number"]


def upgrade() -> None:
    """Create all tables."""
    _create_registry()
    _create_runs()
    _create_caches()
    _create_corpora()
    _create_deliveries()


def downgrade() -> None:
    """Drop all tables, referring ones first."""
    from alembic import op

    for table in ("deliveries", "leases", "outbox", "chunks", "texts", "items", "generations"):
        op.drop_table(table)
    for table in ("blobs", "embeddings", "replies", "scores", "results", "runs"):
        op.drop_table(table)
    for table in ("moves", "aliases", "tags", "versions", "artifacts"):
        op.drop_table(table)


def _create_registry() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "artifacts",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("latest", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("git_commit", sa.Text, nullable=False),
        sa.Column("git_dirty", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("kind", "name", "digest"),
        sa.ForeignKeyConstraint(["kind", "name"], ["artifacts.kind", "artifacts.name"]),
    )
    op.create_index("ix_versions_digest", "versions", ["digest"])
    op.create_table(
        "tags",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["kind", "name", "number"], _NUMBER, ondelete="CASCADE"),
    )
    op.create_index("ix_tags_key_value", "tags", ["key", "value"])
    _create_history()


def _create_history() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "aliases",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("alias", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("candidate_number", sa.Integer),
        sa.Column("candidate_digest", sa.Text),
        sa.Column("candidate_weight", sa.Double),
        sa.Column("candidate_mode", sa.Text),
        sa.ForeignKeyConstraint(["kind", "name", "number"], _NUMBER),
        sa.ForeignKeyConstraint(["kind", "name", "candidate_number"], _NUMBER),
    )
    op.create_table(
        "moves",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("from_number", sa.Integer),
        sa.Column("to_number", sa.Integer),
        sa.Column("to_digest", sa.Text),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("actor_source", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weight", sa.Double),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("forced", sa.Boolean, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False, unique=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
    )
    op.create_index("ix_moves_kind_name_alias_sequence", "moves", ["kind", "name", "alias", "sequence"])
    op.create_index("ix_moves_action_sequence", "moves", ["action", "sequence"])


def _create_runs() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("refs", sa.Text, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("summary", sa.Text),
    )
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    op.create_index("ix_runs_name_started_at", "runs", ["name", "started_at"])
    op.create_table(
        "results",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("run_id", "case_id", "repeat"),
    )
    op.create_table(
        "scores",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("label", sa.Text, primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("passed", sa.Boolean),
    )


def _create_caches() -> None:
    import sqlalchemy as sa
    from alembic import op

    for table, key, value, kind in (
        ("replies", "key", "reply", sa.Text),
        ("embeddings", "key", "vector", sa.LargeBinary),
        ("blobs", "digest", "content", sa.LargeBinary),
    ):
        op.create_table(table, sa.Column(key, sa.Text, primary_key=True), sa.Column(value, kind, nullable=False))


def _create_corpora() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "generations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("index_name", sa.Text, nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("embedder", sa.Text, nullable=False),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("vectors", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("dirty", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("applied", sa.BigInteger, nullable=False),
        sa.Column("stored", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("index_name", "uid"),
    )
    op.create_table(
        "items",
        sa.Column("generation_id", sa.Integer, sa.ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("key", _sorted_text(), nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.UniqueConstraint("generation_id", "source", "key"),
    )
    _create_chunks()
    op.create_table(
        "outbox",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("generation_id", sa.Integer, sa.ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("cid", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
    )
    op.create_index("ix_outbox_generation_id_sequence", "outbox", ["generation_id", "sequence"])
    op.create_table(
        "leases",
        sa.Column("index_name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_chunks() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "texts",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "chunks",
        sa.Column("generation_id", sa.Integer, primary_key=True),
        sa.Column("cid", _sorted_text(), primary_key=True),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("end_line", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("text_hash", sa.Text, sa.ForeignKey("texts.hash"), nullable=False),
        sa.Column("embedding_key", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["generation_id", "item_id"], ["items.generation_id", "items.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_chunks_text_hash", "chunks", ["text_hash"])
    op.create_index("ix_chunks_generation_id_item_id", "chunks", ["generation_id", "item_id"])


def _create_deliveries() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("hook", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.UniqueConstraint("event_id", "hook"),
    )
    op.create_index("ix_deliveries_state_hook_due_at", "deliveries", ["state", "hook", "due_at"])


def _sorted_text() -> "sa.types.TypeEngine[str]":
    """Text sorted by code points in every database."""
    import sqlalchemy as sa

    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

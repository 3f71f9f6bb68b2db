"""Revision 0003: what runs record, what indexes held before, metadata of documents, paused indexes, words of texts,
interactions.

Frozen once released: it describes what the database looked like then, so it never imports the tables of today. How a text
becomes words is the one thing that it takes from the program of today, because searches compare them with a question's.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from llmops.storage.migrations.parts_0003 import log

if TYPE_CHECKING:
    import sqlalchemy as sa

revision = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


_NEW_COLUMNS: Final = {
    "items": ("metadata", "since"),
    "chunks": ("since",),
    "generations": ("oldest", "verified_at"),
}


def upgrade() -> None:
    """Create what is new."""
    _extend_runs()
    _create_tracking()
    _add_history_columns()
    _create_past()
    _create_commits()
    _create_lexical()
    log.create()


def downgrade() -> None:
    """Drop it."""
    log.drop()
    _drop_lexical()
    _drop_history()
    _drop_tracking()


def _extend_runs() -> None:
    import sqlalchemy as sa
    from alembic import op

    for name in ("experiment", "parent", "holder"):
        op.add_column("runs", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("seen_at", sa.DateTime(timezone=True)))
    op.create_index("ix_runs_experiment_started_at", "runs", ["experiment", "started_at"])
    op.create_index("ix_runs_parent", "runs", ["parent"])


def _create_tracking() -> None:
    import sqlalchemy as sa
    from alembic import op

    serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")

    def of_run(*, is_key: bool) -> "sa.Column[str]":
        run = sa.ForeignKey("runs.id", ondelete="CASCADE")
        return sa.Column("run_id", sa.Text, run, primary_key=is_key, nullable=False)

    op.create_table(
        "run_values",
        of_run(is_key=True),
        sa.Column("noun", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        sa.Column("number", sa.Double),
    )
    op.create_index("ix_run_values_noun_key_head_run_id", "run_values", ["noun", "key", "head", "run_id"])
    op.create_index("ix_run_values_noun_key_number_run_id", "run_values", ["noun", "key", "number", "run_id"])
    op.create_table(
        "run_metrics",
        sa.Column("id", serial, primary_key=True),
        of_run(is_key=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("last", sa.Double),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("lowest", sa.Double),
        sa.Column("highest", sa.Double),
        sa.Column("count", sa.Integer, nullable=False),
        sa.UniqueConstraint("run_id", "key"),
    )
    op.create_index("ix_run_metrics_key_last_run_id", "run_metrics", ["key", "last", "run_id"])
    op.create_table(
        "metric_points",
        sa.Column("metric_id", serial, sa.ForeignKey("run_metrics.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("value", sa.Double),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_files",
        of_run(is_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_run_files_digest", "run_files", ["digest"])


def _drop_tracking() -> None:
    from alembic import op

    for table in ("run_files", "metric_points", "run_metrics", "run_values"):
        op.drop_table(table)
    for name in ("parent", "experiment_started_at"):
        op.drop_index(f"ix_runs_{name}", "runs")
    for name in ("seen_at", "holder", "parent", "experiment"):
        op.drop_column("runs", name)


def _add_history_columns() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.add_column("generations", sa.Column("oldest", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("generations", sa.Column("verified_at", sa.DateTime(timezone=True)))
    op.add_column("items", sa.Column("metadata", sa.Text, nullable=False, server_default="{}"))
    op.add_column("items", sa.Column("since", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("chunks", sa.Column("since", sa.BigInteger, nullable=False, server_default="0"))
    # Of what there was before, only how it is now is known.
    op.execute("UPDATE generations SET oldest = sequence")


def _create_past() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "past_items",
        _generation(),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("until", sa.BigInteger, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("key", _sorted_text(), nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False, server_default="{}"),
        sa.Column("since", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "past_chunks",
        _generation(),
        sa.Column("cid", _sorted_text(), primary_key=True),
        sa.Column("until", sa.BigInteger, primary_key=True),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("end_line", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("text_hash", sa.Text, nullable=False),
        sa.Column("embedding_key", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["text_hash"], ["texts.hash"]),
    )
    op.create_index("ix_past_chunks_text_hash", "past_chunks", ["text_hash"])
    op.create_index("ix_past_chunks_generation_id_item_id", "past_chunks", ["generation_id", "item_id"])


def _create_commits() -> None:
    import sqlalchemy as sa
    from alembic import op

    op.create_table(
        "manifest_commits",
        _generation(),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("removed", sa.Integer, nullable=False),
        sa.Column("embedded", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "index_pauses",
        sa.Column("index_name", sa.Text, primary_key=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _generation() -> "sa.Column[int]":
    import sqlalchemy as sa

    key = sa.ForeignKey("generations.id", ondelete="CASCADE")
    return sa.Column("generation_id", sa.Integer, key, primary_key=True)


def _drop_history() -> None:
    from alembic import op

    for table in ("index_pauses", "manifest_commits", "past_chunks", "past_items"):
        op.drop_table(table)
    for table, columns in _NEW_COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)


def _sorted_text() -> "sa.types.TypeEngine[str]":
    """Text sorted by code points in every database."""
    import sqlalchemy as sa

    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _create_lexical() -> None:
    """The words of texts, and those of the texts that are there."""
    import sqlalchemy as sa
    from alembic import op
    from sqlalchemy.dialects.postgresql import TSVECTOR

    from llmops.storage.lexical import index_texts

    connection = op.get_bind()
    on_sqlite = connection.dialect.name == "sqlite"
    op.create_table(
        "lexical",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("text_hash", sa.Text, sa.ForeignKey("texts.hash", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("words", sa.Text if on_sqlite else TSVECTOR, nullable=False),
    )
    if on_sqlite:
        op.execute(
            "CREATE VIRTUAL TABLE lexical_words USING fts5"
            "(words, content='lexical', content_rowid='id', tokenize='ascii')"
        )
        op.execute(
            "CREATE TRIGGER lexical_inserted AFTER INSERT ON lexical BEGIN "
            "INSERT INTO lexical_words (rowid, words) VALUES (new.id, new.words); END"
        )
        op.execute(
            "CREATE TRIGGER lexical_deleted AFTER DELETE ON lexical BEGIN "
            "INSERT INTO lexical_words (lexical_words, rowid, words) VALUES ('delete', old.id, old.words); END"
        )
    else:
        op.create_index("ix_lexical_words", "lexical", ["words"], postgresql_using="gin")
    last = ""
    while rows := connection.execute(
        sa.text("SELECT hash, content FROM texts WHERE hash > :last ORDER BY hash LIMIT 1000"), {"last": last}
    ).fetchall():
        index_texts(connection, {row.hash: row.content for row in rows})
        last = rows[-1].hash


def _drop_lexical() -> None:
    from alembic import op

    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE lexical_words")
    op.drop_table("lexical")

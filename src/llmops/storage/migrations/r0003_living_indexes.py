"""Revision 0003: what runs record.

Frozen once released: it describes what the database looked like then, so it never imports the tables of today.
"""

from collections.abc import Sequence

revision = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create what is new."""
    _extend_runs()
    _create_tracking()


def downgrade() -> None:
    """Drop it."""
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

    def of_run(*, is_key: bool) -> sa.Column[str]:
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

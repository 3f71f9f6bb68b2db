"""What monitors know, and what they said."""


def create() -> None:
    """Create the tables."""
    import sqlalchemy as sa
    from alembic import op

    moment = sa.DateTime(timezone=True)
    op.create_table(
        "monitors",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
    )
    op.create_table(
        "monitor_streams",
        sa.Column("monitor", sa.Text, sa.ForeignKey("monitors.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("signal", sa.Text, primary_key=True),
        sa.Column("segment", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "monitor_points",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("monitor", sa.Text, sa.ForeignKey("monitors.name", ondelete="CASCADE"), nullable=False),
        sa.Column("at", moment, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("signal", "segment", "promise", "state")),
        sa.Column("statistic", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("observations", sa.BigInteger, nullable=False),
        sa.Column("mean", sa.Double),
        sa.Column("status", sa.Text, nullable=False),
    )
    op.create_index("ix_monitor_points_monitor_at", "monitor_points", ["monitor", "at"])


def drop() -> None:
    """Drop them."""
    from alembic import op

    for table in ("monitor_points", "monitor_streams", "monitors"):
        op.drop_table(table)

"""Alerts, and what happened to them."""


def create() -> None:
    """Create the tables."""
    import sqlalchemy as sa
    from alembic import op

    moment = sa.DateTime(timezone=True)
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("monitor", "app", "cause")),
        sa.Column("open_cause", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("closed_at", moment),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("move", sa.BigInteger),
        sa.Column("details", sa.Text, nullable=False),
        sa.UniqueConstraint("monitor", "open_cause"),
    )
    op.create_index("ix_alerts_state_opened_at", "alerts", ["state", "opened_at"])
    op.create_table(
        "alert_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("alert_id", sa.Text, sa.ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", moment, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("what", "actor_name", "actor_source", "reason")),
    )
    op.create_index("ix_alert_events_alert_id", "alert_events", ["alert_id"])


def drop() -> None:
    """Drop them."""
    from alembic import op

    for table in ("alert_events", "alerts"):
        op.drop_table(table)

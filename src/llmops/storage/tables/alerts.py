"""Alerts and what happened to them. `open_cause` is the cause while an alert is not closed, so that there is one a cause."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from llmops.storage.tables.corpus import SERIAL
from llmops.storage.tables.metadata import METADATA, Instant

ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("monitor", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("open_cause", Text),
    Column("state", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ref", Text, nullable=False),
    Column("move", BigInteger),
    Column("details", Text, nullable=False),
    UniqueConstraint("monitor", "open_cause"),
    Index(None, "state", "opened_at"),
)

ALERT_EVENTS = Table(
    "alert_events",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("alert_id", Text, ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("what", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("actor_source", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

"""Events on their way to hooks. Who delivers one holds it until `due_at`, and then whoever comes next may."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint

from llmops.storage.tables.metadata import METADATA, Instant

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("hook", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("holder", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("error", Text, nullable=False),
    UniqueConstraint("event_id", "hook"),
    Index(None, "state", "hook", "due_at"),
)

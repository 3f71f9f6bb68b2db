"""What people said about outputs of a run, and which outputs were drawn for that."""

from sqlalchemy import Column, Double, ForeignKey, Integer, Table, Text

from llmops.storage.tables.metadata import METADATA, Instant

LABELS = Table(
    "labels",
    METADATA,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("scorer", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("repeat", Integer, primary_key=True, autoincrement=False),
    Column("who", Text, primary_key=True),
    Column("identity", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("at", Instant, nullable=False),
)

LABEL_SAMPLES = Table(
    "label_samples",
    METADATA,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("pool", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)

"""Runs, their case results, and scores as numbers beside the whole result."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from llmops.storage.tables.metadata import METADATA, Instant

RUNS = Table(
    "runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),
    Column("refs", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("summary", Text),
    Column("experiment", Text, nullable=False, server_default=""),
    Column("parent", Text, nullable=False, server_default=""),
    Column("holder", Text, nullable=False, server_default=""),
    Column("seen_at", Instant),
    Index(None, "name", "started_at"),
    Index(None, "experiment", "started_at"),
    Index(None, "parent"),
)

# `ordinal` counts from 0 within a run, in the order of insertion; `body` is the CaseResult as JSON.
RESULTS = Table(
    "results",
    METADATA,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("run_id", "case_id", "repeat"),
)

SCORES = Table(
    "scores",
    METADATA,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("label", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("value", Double),
    Column("passed", Boolean),
)

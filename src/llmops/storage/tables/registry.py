"""Versions, aliases and the history of alias moves."""

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Integer, Table, Text, UniqueConstraint

from llmops.storage.tables.metadata import METADATA, Instant

VERSIONS = Table(
    "versions",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, index=True),
    Column("content", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("git_commit", Text, nullable=False),
    Column("git_dirty", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("kind", "name", "digest"),
)

ALIASES = Table(
    "aliases",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("moved_at", Instant, nullable=False),
    ForeignKeyConstraint(["kind", "name", "number"], ["versions.kind", "versions.name", "versions.number"]),
)

# No foreign key: the history outlives what it tells of.
MOVES = Table(
    "moves",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("from_number", Integer),
    Column("to_number", Integer, nullable=False),
    Column("to_digest", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("actor_source", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("previous", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
)

"""Artifacts, their versions and tags, aliases, and the history of all that was decided about them."""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from llmops.storage.tables.metadata import METADATA, Instant

# What listings and searches read, so that they need not look at every version: written with each new version, in its
# transaction. `words` is the case-folded text of name, message and content of the latest version.
ARTIFACTS = Table(
    "artifacts",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("latest", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("words", Text, nullable=False),
)

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
    ForeignKeyConstraint(["kind", "name"], ["artifacts.kind", "artifacts.name"]),
)

TAGS = Table(
    "tags",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    ForeignKeyConstraint(
        ["kind", "name", "number"], ["versions.kind", "versions.name", "versions.number"], ondelete="CASCADE"
    ),
    Index(None, "key", "value"),
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
    Column("candidate_number", Integer),
    Column("candidate_digest", Text),
    Column("candidate_weight", Double),
    Column("candidate_mode", Text),
    ForeignKeyConstraint(["kind", "name", "number"], ["versions.kind", "versions.name", "versions.number"]),
    ForeignKeyConstraint(["kind", "name", "candidate_number"], ["versions.kind", "versions.name", "versions.number"]),
)

# No foreign key: the history outlives what it tells of. `evidence` and `details` are canonical JSON.
MOVES = Table(
    "moves",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("from_number", Integer),
    Column("to_number", Integer),
    Column("to_digest", Text),
    Column("actor_name", Text, nullable=False),
    Column("actor_source", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("weight", Double),
    Column("evidence", Text, nullable=False),
    Column("forced", Boolean, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
    Index(None, "kind", "name", "alias", "sequence"),
    Index(None, "action", "sequence"),
)

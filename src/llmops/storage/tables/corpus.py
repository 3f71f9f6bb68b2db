"""Indexes: generations, the manifest of items and chunks with its history, the outbox towards the vector store, leases.

`since` is the sequence from which on a row of the manifest is as it is, `until` the one at which a row of the past was replaced
or removed. So the manifest at sequence n is what has since <= n of the present, and since <= n < until of the past.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from llmops.core.hashing import Json
from llmops.storage.tables.metadata import METADATA, Instant

# Sorted by code points in every database, as listings of files are.
SORTED = Text().with_variant(Text(collation="C"), "postgresql")
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _again(column: Column[Json]) -> Column[Json]:
    """A column of the present, for the table of the past."""
    return Column(column.name, column.type, nullable=column.nullable, server_default=column.server_default)


GENERATIONS = Table(
    "generations",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("index_name", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("spec", Text, nullable=False),
    Column("vectors", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("dirty", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("applied", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("synced_at", Instant),
    Column("oldest", BigInteger, nullable=False, server_default="0"),
    Column("verified_at", Instant),
    UniqueConstraint("index_name", "uid"),
)

# `id` is a hash of source and key; `changed_at` in seconds since 1970; `metadata` is JSON.
ITEMS = Table(
    "items",
    METADATA,
    Column("generation_id", Integer, ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("key", SORTED, nullable=False),
    Column("token", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("metadata", Text, nullable=False, server_default="{}"),
    Column("since", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("generation_id", "source", "key"),
)

# Each text once, whatever generations and documents it stands in.
TEXTS = Table(
    "texts",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("content", Text, nullable=False),
)

CHUNKS = Table(
    "chunks",
    METADATA,
    Column("generation_id", Integer, primary_key=True),
    Column("cid", SORTED, primary_key=True),
    Column("item_id", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("line", Integer, nullable=False),
    Column("end_line", Integer, nullable=False),
    Column("page", Integer),
    Column("text_hash", Text, ForeignKey("texts.hash"), nullable=False, index=True),
    Column("embedding_key", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("since", BigInteger, nullable=False, server_default="0"),
    ForeignKeyConstraint(["generation_id", "item_id"], ["items.generation_id", "items.id"], ondelete="CASCADE"),
    Index(None, "generation_id", "item_id"),
)

# What items and chunks were before they were replaced or removed.
PAST_ITEMS = Table(
    "past_items",
    METADATA,
    Column("generation_id", Integer, ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("until", BigInteger, primary_key=True),
    *(_again(column) for column in ITEMS.c if not column.primary_key),
)

PAST_CHUNKS = Table(
    "past_chunks",
    METADATA,
    Column("generation_id", Integer, ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
    Column("cid", SORTED, primary_key=True),
    Column("until", BigInteger, primary_key=True),
    *(_again(column) for column in CHUNKS.c if not column.primary_key),
    ForeignKeyConstraint(["text_hash"], ["texts.hash"]),
    Index(None, "text_hash"),
    Index(None, "generation_id", "item_id"),
)

# One row for each change of a manifest; `at` never goes back, whatever the clock does.
COMMITS = Table(
    "manifest_commits",
    METADATA,
    Column("generation_id", Integer, ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("added", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("embedded", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("note", Text, nullable=False),
)

# Indexes whose contents were set back, and which no sync changes until that is taken back.
PAUSES = Table(
    "index_pauses",
    METADATA,
    Column("index_name", Text, primary_key=True),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# A row says that the vector of a chunk is to be brought in line with the manifest; it goes once the vector store has it.
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("sequence", SERIAL, primary_key=True),
    Column("generation_id", Integer, ForeignKey("generations.id", ondelete="CASCADE"), nullable=False),
    Column("cid", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
    Index(None, "generation_id", "sequence"),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("index_name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

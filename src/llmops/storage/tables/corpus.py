"""Indexes: generations, the manifest of items and chunks, the outbox towards the vector store, leases."""

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

from llmops.storage.tables.metadata import METADATA, Instant

# Sorted by code points in every database, as listings of files are.
SORTED = Text().with_variant(Text(collation="C"), "postgresql")
SERIAL = BigInteger().with_variant(Integer, "sqlite")

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
    UniqueConstraint("index_name", "uid"),
)

# `id` is a hash of source and key; `changed_at` in seconds since 1970.
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
    ForeignKeyConstraint(["generation_id", "item_id"], ["items.generation_id", "items.id"], ondelete="CASCADE"),
    Index(None, "generation_id", "item_id"),
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

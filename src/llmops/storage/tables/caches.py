"""Replies of models and vectors of texts, by digest. All of it can be paid for again, none of it is evidence."""

from sqlalchemy import Column, LargeBinary, Table, Text

from llmops.storage.tables.metadata import METADATA

REPLIES = Table(
    "replies",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("reply", Text, nullable=False),
)

# `vector` is little-endian float32.
EMBEDDINGS = Table(
    "embeddings",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

"""Blobs of a PostgreSQL store, so that reports outlive the machine that made them; and when any store used which blob."""

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from llmops.storage.tables.metadata import METADATA, Instant

# The first megabyte of each.
BLOBS = Table(
    "blobs",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# Further megabytes, numbered from 1.
BLOB_PIECES = Table(
    "blob_pieces",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

# When something was last about to refer to a blob, wherever that lives. One row is not a digest but `store:` and the id of the
# store.
BLOB_USES = Table(
    "blob_uses",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

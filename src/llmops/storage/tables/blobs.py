"""Blobs of a PostgreSQL store, so that reports outlive the machine that made them."""

from sqlalchemy import Column, LargeBinary, Table, Text

from llmops.storage.tables.metadata import METADATA

BLOBS = Table(
    "blobs",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

"""What runs record: parameters and tags, metrics with all their points, files."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from llmops.storage.tables.corpus import SERIAL
from llmops.storage.tables.metadata import METADATA

# `noun` is `param` or `tag`. An index entry may not be long, so it holds the head of the value; `number` is the value as
# one, where it is one.
RUN_VALUES = Table(
    "run_values",
    METADATA,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("noun", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("head", Text, nullable=False),
    Column("number", Double),
    Index(None, "noun", "key", "head", "run_id"),
    Index(None, "noun", "key", "number", "run_id"),
)

# One row a metric and run: what a search looks at. `last` and `step` are those of the highest step, `at` in seconds since
# 1970. What is not a number is NULL in every database.
RUN_METRICS = Table(
    "run_metrics",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("last", Double),
    Column("step", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("lowest", Double),
    Column("highest", Double),
    Column("count", Integer, nullable=False),
    UniqueConstraint("run_id", "key"),
    Index(None, "key", "last", "run_id"),
)

# Every point, in the order of arrival; clustered by metric, so that a history is one stretch of the file.
METRIC_POINTS = Table(
    "metric_points",
    METADATA,
    Column("metric_id", SERIAL, ForeignKey("run_metrics.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("step", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("value", Double),
    sqlite_with_rowid=False,
)

RUN_FILES = Table(
    "run_files",
    METADATA,
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("digest", Text, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
)

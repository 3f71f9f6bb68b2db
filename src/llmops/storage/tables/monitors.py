"""What monitors know: how far they have read and in what state each stream is; and what they said at each evaluation."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Table, Text

from llmops.storage.tables.corpus import SERIAL
from llmops.storage.tables.metadata import METADATA, Instant

MONITORS = Table(
    "monitors",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("basis", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

MONITOR_STREAMS = Table(
    "monitor_streams",
    METADATA,
    Column("monitor", Text, ForeignKey("monitors.name", ondelete="CASCADE"), primary_key=True),
    Column("signal", Text, primary_key=True),
    Column("segment", Text, primary_key=True),
    Column("state", Text, nullable=False),
)

MONITOR_POINTS = Table(
    "monitor_points",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("monitor", Text, ForeignKey("monitors.name", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("signal", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("promise", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("statistic", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("observations", BigInteger, nullable=False),
    Column("mean", Double),
    Column("status", Text, nullable=False),
    Index(None, "monitor", "at"),
)

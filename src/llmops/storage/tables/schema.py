"""All tables together. Importing this module is what makes the metadata complete."""

from typing import Final

from sqlalchemy import MetaData

from llmops.storage.tables import (
    alerts,
    blobs,
    caches,
    corpus,
    deliveries,
    interactions,
    labels,
    lexical,
    monitors,
    registry,
    runs,
    tracking,
)
from llmops.storage.tables.metadata import METADATA

TABLES: Final = (
    registry.ARTIFACTS,
    registry.VERSIONS,
    registry.TAGS,
    registry.ALIASES,
    registry.MOVES,
    runs.RUNS,
    runs.RESULTS,
    runs.SCORES,
    caches.REPLIES,
    caches.EMBEDDINGS,
    blobs.BLOBS,
    blobs.BLOB_PIECES,
    blobs.BLOB_USES,
    corpus.GENERATIONS,
    corpus.ITEMS,
    corpus.TEXTS,
    corpus.CHUNKS,
    corpus.PAST_ITEMS,
    corpus.PAST_CHUNKS,
    corpus.COMMITS,
    corpus.PAUSES,
    corpus.OUTBOX,
    corpus.LEASES,
    lexical.LEXICAL,
    deliveries.DELIVERIES,
    labels.LABELS,
    labels.LABEL_SAMPLES,
    tracking.RUN_VALUES,
    tracking.RUN_METRICS,
    tracking.METRIC_POINTS,
    tracking.RUN_FILES,
    interactions.INTERACTIONS,
    interactions.INTERACTION_BODIES,
    interactions.FEEDBACK,
    interactions.LOG_LOSSES,
    interactions.LOG_SALT,
    alerts.ALERTS,
    alerts.ALERT_EVENTS,
    monitors.MONITORS,
    monitors.MONITOR_STREAMS,
    monitors.MONITOR_POINTS,
)

SCHEMA: Final[MetaData] = METADATA

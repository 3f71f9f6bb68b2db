"""All tables together. Importing this module is what makes the metadata complete."""

from typing import Final

from sqlalchemy import MetaData

from llmops.storage.tables import blobs, caches, registry, runs
from llmops.storage.tables.metadata import METADATA

TABLES: Final = (
    registry.VERSIONS,
    registry.ALIASES,
    registry.MOVES,
    runs.RUNS,
    runs.RESULTS,
    runs.SCORES,
    caches.REPLIES,
    caches.EMBEDDINGS,
    blobs.BLOBS,
)

SCHEMA: Final[MetaData] = METADATA

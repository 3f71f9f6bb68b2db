"""Embedded Chroma as a vector store: one folder a generation.

What it does badly is fenced off here: two processes on one folder would lose each other's vectors, so an OS lock lets many
read or one write; torn files are found before its native code opens them.
"""

import importlib.util
import warnings
from pathlib import Path
from typing import Final

from llmops.backends.chroma_collection import SETTINGS, ChromaCollection, Client, Collection
from llmops.backends.chroma_files import find_damage
from llmops.backends.folder_lock import PATIENCE, FolderLock
from llmops.backends.folders import REBUILD, FolderShelf
from llmops.core.errors import ExtraMissing, VectorStoreError
from llmops.core.settings import Settings

COLLECTION: Final = "chunks"
TIMEOUT: Final = 120.0


class ChromaStore(ChromaCollection):
    """Vectors of one generation in a folder of their own."""

    def __init__(self, folder: Path, dimension: int, patience: float = PATIENCE, timeout: float = TIMEOUT) -> None:
        def connect() -> tuple[Client, Collection]:
            _check_files(folder)
            return _open(folder, dimension)

        super().__init__(str(folder), dimension, connect, FolderLock(folder, patience), timeout, REBUILD)


def open_shelf(settings: Settings) -> FolderShelf:
    """The folders of a workspace's Chroma stores.

    Raises:
        ExtraMissing: chromadb is not installed.
    """
    check_installed("chroma")
    return FolderShelf("chroma", settings.root / settings.vectors.path, ChromaStore)


def check_installed(kind: str) -> None:
    """Raise ExtraMissing where Chroma is not installed."""
    if importlib.util.find_spec("chromadb") is None:
        raise ExtraMissing("chromadb", "rag", needed_for=f'the vector store "{kind}"')


def _check_files(folder: Path) -> None:
    if damage := find_damage(folder):
        raise VectorStoreError(damage)


def _open(folder: Path, dimension: int) -> tuple[Client, Collection]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import chromadb
        from chromadb.config import Settings

        client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        collection = client.get_or_create_collection(
            COLLECTION, embedding_function=None, metadata={"dimension": dimension}, configuration=SETTINGS
        )
    return client, collection

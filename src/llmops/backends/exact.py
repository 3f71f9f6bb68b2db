"""Exact search over vectors in memory, kept in two files: the zero-dependency store, and the oracle for recall.

A search reads every vector: 6 ms at 10,000 of dimension 384, 21 ms at 100,000. A write rewrites both files, so this is for
indexes up to about 50,000 chunks. Vectors go to a new file first; then the file of ids, which names it, is replaced in one
rename: whoever reads at any moment, or after a kill, sees all of a write or none. Readers of other processes see it at
their next search; writers take turns.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmops.backends.folder_lock import PATIENCE, FolderLock
from llmops.backends.folders import REBUILD, FolderShelf
from llmops.backends.matrix import Matrix, empty
from llmops.core.errors import VectorStoreError
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.filters import Filters, wanted
from llmops.domain.vector_batches import check_query, last_of_each

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

IDS: Final = "ids.json"


@dataclass(frozen=True, slots=True)
class _State:
    """What was read from the files when they were as the stamp says."""

    stamp: tuple[int, int, int]
    matrix: Matrix


class ExactStore:
    """Vectors of one generation, searched exhaustively."""

    def __init__(self, folder: Path, dimension: int, patience: float = PATIENCE) -> None:
        self._folder = folder
        self._dimension = dimension
        self._patience = patience
        self._state = self._load()

    def upsert(
        self, ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None = None
    ) -> None:
        """Put vectors in place; written before it returns."""
        batch = last_of_each(ids, vectors, metadata, self._dimension)
        if batch.ids:
            with _writing(self._folder, self._patience):
                self._save(self._current().upserted(batch))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; written before it returns."""
        with _writing(self._folder, self._patience):
            old = self._current()
            left = old.without(ids)
            if left is not old:
                self._save(left)

    def search(self, vector: "Vectors", k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        """The k nearest by cosine similarity of those that match, best first; equal ones in the order of ids."""
        return self._current().nearest(check_query(vector, self._dimension), k, wanted(filters))

    def ids(self) -> Iterator[str]:
        """All ids, in the order they came."""
        yield from self._current().ids

    def fetch(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        """The stored vectors of those ids that are there."""
        return self._current().fetch(ids)

    def count(self) -> int:
        """How many vectors there are."""
        return len(self._current().ids)

    def close(self) -> None:
        """Nothing is held between calls."""

    def _current(self) -> Matrix:
        if _stamp(self._folder / IDS) != self._state.stamp:
            self._state = self._load()
        return self._state.matrix

    def _load(self) -> _State:
        import numpy as np

        path = self._folder / IDS
        stamp = _stamp(path)
        if stamp == _ABSENT:
            return _State(stamp, empty(self._dimension))
        try:
            kept = json.loads(path.read_bytes())
            ids: list[str] = kept["ids"]
            tokens: list[list[str]] = kept["tokens"]
            vectors: Vectors = np.load(self._folder / kept["vectors"], allow_pickle=False)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VectorStoreError(f"the vectors in {self._folder} cannot be read: {error}", hint=REBUILD) from error
        if vectors.shape != (len(ids), self._dimension) or len(tokens) != len(ids):
            raise VectorStoreError(
                f"{self._folder} holds {len(ids)} ids and vectors of shape {vectors.shape}, not of dimension "
                f"{self._dimension}",
                hint=REBUILD,
            )
        return _State(stamp, Matrix(ids, vectors, tokens))

    def _save(self, matrix: Matrix) -> None:
        import numpy as np

        vectors = self._folder / f"vectors-{os.urandom(6).hex()}.npy"
        temporary = self._folder / f"{IDS}.new"
        try:
            with vectors.open("wb") as file:
                np.save(file, matrix.vectors, allow_pickle=False)
                os.fsync(file.fileno())
            with temporary.open("w", encoding="utf-8") as text:
                json.dump({"vectors": vectors.name, "ids": matrix.ids, "tokens": matrix.tokens}, text)
                text.flush()
                os.fsync(text.fileno())
            temporary.replace(self._folder / IDS)
            for other in self._folder.glob("vectors-*.npy"):
                if other != vectors:
                    other.unlink(missing_ok=True)
        except OSError as error:
            vectors.unlink(missing_ok=True)
            raise VectorStoreError(
                f"the vectors in {self._folder} cannot be written: {error.strerror}",
                hint="Is the disk full, or the folder read-only? Nothing that was there before is lost.",
            ) from error
        self._state = _State(_stamp(self._folder / IDS), matrix)


_ABSENT: Final = (0, 0, 0)


def open_shelf(settings: Settings) -> FolderShelf:
    """The folders of a workspace's exact stores."""
    return FolderShelf("exact", settings.root / settings.vectors.path, ExactStore)


@contextmanager
def _writing(folder: Path, patience: float) -> Iterator[None]:
    """Hold the folder's lock for one write."""
    lock = FolderLock(folder, patience)
    lock.write()
    try:
        yield
    finally:
        lock.release()


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return _ABSENT
    return found.st_mtime_ns, found.st_size, found.st_ino

"""Exact search over vectors in memory, kept in two files: the zero-dependency store, and the oracle for recall.

A search reads every vector: 6 ms at 10,000 of dimension 384, 21 ms at 100,000. A write rewrites both files, so this is for
indexes up to about 50,000 chunks. Vectors go to a new file first; then the file of ids, which names it, is replaced in one
rename: whoever reads at any moment, or after a kill, sees all of a write or none. Readers of other processes see it at
their next search; writers take turns.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmops.backends.folder_lock import PATIENCE, FolderLock
from llmops.backends.vectors import REBUILD, check_query, last_of_each, open_folder
from llmops.core.errors import VectorStoreError

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

IDS: Final = "ids.json"


@dataclass(frozen=True, slots=True)
class _State:
    """One moment of the store; never changed, only replaced, so that searches need no lock."""

    stamp: tuple[int, int, int]
    ids: list[str]
    rows: dict[str, int]
    matrix: "Vectors"


class ExactStore:
    """Vectors of one generation, searched exhaustively."""

    def __init__(self, folder: Path, dimension: int, patience: float = PATIENCE) -> None:
        self._folder = folder
        self._dimension = dimension
        self._patience = patience
        self._state = self._load()

    def upsert(self, ids: Sequence[str], vectors: "Vectors") -> None:
        """Put vectors in place; written before it returns."""
        import numpy as np

        new_ids, new = last_of_each(ids, vectors, self._dimension)
        if not new_ids:
            return
        with _writing(self._folder, self._patience):
            old = self._current()
            matrix = old.matrix.copy()
            known = [(row, old.rows[i]) for row, i in enumerate(new_ids) if i in old.rows]
            fresh = [row for row, i in enumerate(new_ids) if i not in old.rows]
            if known:
                matrix[[at for _, at in known]] = new[[row for row, _ in known]]
            self._save([*old.ids, *(new_ids[row] for row in fresh)], np.concatenate([matrix, new[fresh]]))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors; written before it returns."""
        with _writing(self._folder, self._patience):
            old = self._current()
            gone = {i for i in ids if i in old.rows}
            if gone:
                kept = [row for row, i in enumerate(old.ids) if i not in gone]
                self._save([old.ids[row] for row in kept], old.matrix[kept])

    def search(self, vector: "Vectors", k: int) -> list[tuple[str, float]]:
        """The k nearest by cosine similarity, best first; equal similarities in the order of ids."""
        import numpy as np

        query = check_query(vector, self._dimension)
        state = self._current()
        if not state.ids or k < 1:
            return []
        lengths = np.linalg.norm(state.matrix, axis=1) * np.linalg.norm(query)
        similarities = (state.matrix @ query) / np.where(lengths > 0, lengths, 1)
        best = np.argpartition(-similarities, k - 1)[:k] if k < len(state.ids) else range(len(state.ids))
        found = [(state.ids[row], float(similarities[row])) for row in best]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def ids(self) -> Iterator[str]:
        """All ids, in the order they came."""
        yield from self._current().ids

    def fetch(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        """The stored vectors of those ids that are there."""
        state = self._current()
        return {i: state.matrix[state.rows[i]].copy() for i in ids if i in state.rows}

    def count(self) -> int:
        """How many vectors there are."""
        return len(self._current().ids)

    def close(self) -> None:
        """Nothing is held between calls."""

    def _current(self) -> _State:
        if _stamp(self._folder / IDS) != self._state.stamp:
            self._state = self._load()
        return self._state

    def _load(self) -> _State:
        import numpy as np

        path = self._folder / IDS
        stamp = _stamp(path)
        if stamp == _ABSENT:
            return _State(stamp, [], {}, np.zeros((0, self._dimension), dtype=np.float32))
        try:
            kept = json.loads(path.read_bytes())
            ids: list[str] = kept["ids"]
            matrix: Vectors = np.load(self._folder / kept["vectors"], allow_pickle=False)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VectorStoreError(f"the vectors in {self._folder} cannot be read: {error}", hint=REBUILD) from error
        if matrix.shape != (len(ids), self._dimension):
            raise VectorStoreError(
                f"{self._folder} holds {len(ids)} ids and vectors of shape {matrix.shape}, not of dimension "
                f"{self._dimension}",
                hint=REBUILD,
            )
        return _State(stamp, ids, {identifier: row for row, identifier in enumerate(ids)}, matrix)

    def _save(self, ids: list[str], matrix: "Vectors") -> None:
        import numpy as np

        vectors = self._folder / f"vectors-{os.urandom(6).hex()}.npy"
        temporary = self._folder / f"{IDS}.new"
        try:
            with vectors.open("wb") as file:
                np.save(file, matrix, allow_pickle=False)
                os.fsync(file.fileno())
            with temporary.open("w", encoding="utf-8") as text:
                json.dump({"vectors": vectors.name, "ids": ids}, text)
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
        rows = {identifier: row for row, identifier in enumerate(ids)}
        self._state = _State(_stamp(self._folder / IDS), ids, rows, matrix)


_ABSENT: Final = (0, 0, 0)


def open_exact(path: Path, *, name: str, dimension: int) -> ExactStore:
    """Open the vectors of one generation in `path`/`name`."""
    return ExactStore(open_folder(path, name), dimension)


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

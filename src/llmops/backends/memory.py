"""Vectors in the memory of one process: for tests, and for indexes that may be made again at every start."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from llmops.backends.matrix import Matrix, empty
from llmops.core.errors import VectorStoreError
from llmops.core.hashing import Json
from llmops.core.settings import Settings
from llmops.domain.filters import Filters, wanted
from llmops.domain.vector_batches import check_name, check_query, last_of_each

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


@dataclass(slots=True)
class _Kept:
    """What all openings of one name share."""

    matrix: Matrix
    mark: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


_shelves: Final[dict[str, dict[str, _Kept]]] = {}


class MemoryStore:
    """Vectors of one generation, searched exhaustively."""

    def __init__(self, kept: _Kept, dimension: int) -> None:
        self._kept = kept
        self._dimension = dimension

    def upsert(
        self, ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None = None
    ) -> None:
        """Put vectors in place."""
        batch = last_of_each(ids, vectors, metadata, self._dimension)
        with self._kept.lock:
            self._kept.matrix = self._kept.matrix.upserted(batch)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove vectors."""
        with self._kept.lock:
            self._kept.matrix = self._kept.matrix.without(ids)

    def search(self, vector: "Vectors", k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        """The k nearest by cosine similarity of those that match, best first; equal ones in the order of ids."""
        return self._kept.matrix.nearest(check_query(vector, self._dimension), k, wanted(filters))

    def ids(self) -> Iterator[str]:
        """All ids, in the order they came."""
        yield from self._kept.matrix.ids

    def fetch(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        """The stored vectors of those ids that are there."""
        return self._kept.matrix.fetch(ids)

    def count(self) -> int:
        """How many vectors there are."""
        return len(self._kept.matrix.ids)

    def close(self) -> None:
        """Nothing is held between calls; what was written stays until the process ends."""


@dataclass(frozen=True, slots=True)
class MemoryShelf:
    """What this process keeps under the name of a workspace."""

    owner: str
    kind: str = "memory"
    is_served: bool = False

    @property
    def place(self) -> str:
        """The memory of this process."""
        return f"memory of this process, for {self.owner}"

    def open(self, name: str, dimension: int) -> MemoryStore:
        """Open what is under a name; an empty store if that is nothing."""
        shelf = _shelves.setdefault(self.owner, {})
        kept = shelf.setdefault(check_name(name), _Kept(empty(dimension)))
        if kept.matrix.vectors.shape[1] != dimension:
            raise VectorStoreError(
                f"the vectors of {name} have dimension {kept.matrix.vectors.shape[1]}, not {dimension}",
                hint="Was the index built with another embedding model? Sync it to build a generation for this one.",
            )
        return MemoryStore(kept, dimension)

    def discard(self, name: str) -> None:
        """Forget what is under a name."""
        _shelves.get(self.owner, {}).pop(check_name(name), None)

    def stamp(self, name: str, mark: str) -> None:
        """Note what is under a name."""
        if kept := _shelves.get(self.owner, {}).get(name):
            kept.mark = mark

    def doubt(self, name: str, mark: str) -> str:
        """Say why what is under a name cannot be what was stamped so."""
        kept = _shelves.get(self.owner, {}).get(check_name(name))
        if kept is None:
            return "this process has not read the vectors into its memory"
        return "" if kept.mark == mark else "the vectors in memory are not as the last sync left them"


def open_shelf(settings: Settings) -> MemoryShelf:
    """What this process keeps for a workspace."""
    return MemoryShelf(str(settings.root))

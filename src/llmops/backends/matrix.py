"""Vectors in memory with their ids and what they can be filtered by: one moment of a store, searched exhaustively.

Never changed, only replaced, so that searches need no lock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmops.domain.vector_batches import Batch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from llmops.domain.ports import Vectors

    Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Ids, vectors of shape (ids, dimension), and tokens for each id."""

    ids: list[str]
    vectors: "Vectors"
    tokens: list[list[str]]
    rows: dict[str, int] = field(init=False)
    _holders: "dict[str, Rows]" = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", {identifier: row for row, identifier in enumerate(self.ids)})

    def upserted(self, batch: Batch) -> "Matrix":
        """The same with vectors put in place."""
        import numpy as np

        vectors, tokens = self.vectors.copy(), list(self.tokens)
        known = [(row, self.rows[i]) for row, i in enumerate(batch.ids) if i in self.rows]
        fresh = [row for row, i in enumerate(batch.ids) if i not in self.rows]
        for row, at in known:
            vectors[at], tokens[at] = batch.vectors[row], batch.tokens[row]
        return Matrix(
            [*self.ids, *(batch.ids[row] for row in fresh)],
            np.concatenate([vectors, batch.vectors[fresh]]),
            [*tokens, *(batch.tokens[row] for row in fresh)],
        )

    def without(self, ids: Iterable[str]) -> "Matrix":
        """The same without those ids; itself if it holds none of them."""
        gone = {i for i in ids if i in self.rows}
        if not gone:
            return self
        kept = [row for row, i in enumerate(self.ids) if i not in gone]
        return Matrix([self.ids[row] for row in kept], self.vectors[kept], [self.tokens[row] for row in kept])

    def nearest(self, query: "Vectors", k: int, wanted: Sequence[frozenset[str]] = ()) -> list[tuple[str, float]]:
        """The k nearest of those that a filter admits, by cosine; equal ones in the order of ids."""
        import numpy as np

        rows = self._admitted(wanted)
        vectors = self.vectors if rows is None else self.vectors[rows]
        count = len(vectors)
        if not count or k < 1:
            return []
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
        cosines = (vectors @ query) / np.where(lengths > 0, lengths, 1)
        if k < count:
            last = np.partition(cosines, count - k)[count - k]
            # All that are as near as the last one: which of them are returned is for their ids to say.
            best = np.flatnonzero(cosines >= last)
        else:
            best = np.arange(count)
        found = [(self.ids[at if rows is None else rows[at]], float(cosines[at])) for at in best.tolist()]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def fetch(self, ids: Iterable[str]) -> "dict[str, Vectors]":
        """The vectors of those ids that are there."""
        return {i: self.vectors[self.rows[i]].copy() for i in ids if i in self.rows}

    def _admitted(self, wanted: Sequence[frozenset[str]]) -> "Rows | None":
        """The rows that have one of the tokens of each key; None for all."""
        import numpy as np

        if not wanted:
            return None
        if not self._holders:
            self._read_tokens()
        nobody: Rows = np.zeros(0, dtype=np.int64)
        found: Rows | None = None
        for any_of in wanted:
            parts = [self._holders.get(token, nobody) for token in any_of]
            rows = np.unique(np.concatenate([nobody, *parts]))
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return found

    def _read_tokens(self) -> None:
        import numpy as np

        holders: dict[str, list[int]] = {}
        for row, held in enumerate(self.tokens):
            for token in held:
                holders.setdefault(token, []).append(row)
        # In one step, for other threads may be searching.
        self._holders.update({token: np.array(rows, dtype=np.int64) for token, rows in holders.items()})


def empty(dimension: int) -> Matrix:
    """No vectors, of a dimension."""
    import numpy as np

    return Matrix([], np.zeros((0, dimension), dtype=np.float32), [])

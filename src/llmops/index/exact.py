"""Compare a question with every vector of a generation, held in memory: no error of an approximate index, and no vector store.

Below `EXACT_BELOW` chunks that is as fast as any index of vectors, needs no second library, and sees each commit at once. What is
held belongs to one state of one generation; the next commit makes it anew. Filters are answered from what the manifest says of
each chunk at that state, by the tokens that `domain.filters` compares, so that no filter is answered from what another one left.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from llmops.domain.filters import tokens
from llmops.domain.manifest import Generation
from llmops.storage.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from llmops.domain.ports import Vectors

EXACT_BELOW: Final = 20_000
"""Chunks that are compared one by one; 30 MB of vectors of 384 numbers, read in about 0.2 s after each commit."""


class ExactSearch:
    """The vectors of one generation at a time. Threads may share it."""

    def __init__(self, store: Store, below: int = EXACT_BELOW) -> None:
        self._store = store
        self._below = below
        self._lock = threading.Lock()
        self._state: tuple[int, int] | None = None
        self._held: _Held | None = None

    def search(
        self, generation: Generation, vector: "Vectors", k: int, any_of: Sequence[frozenset[str]]
    ) -> list[tuple[str, float]] | None:
        """The k nearest of those that match as (id, similarity), best first; None where there are too many to compare, or the
        embedding cache has lost the vector of one."""
        if generation.stored > self._below:
            return None
        with self._lock:
            state = (generation.id, generation.sequence)
            if self._state != state:
                self._held = None  # of both, only one is in memory
                self._held, self._state = self._read(generation), state
            held = self._held
        return held.nearest(vector, k, any_of) if held is not None else None

    def close(self) -> None:
        """Let go of the vectors."""
        with self._lock:
            self._state = self._held = None

    def _read(self, generation: Generation) -> "_Held | None":
        import numpy as np

        pairs: list[tuple[str, str]] = []
        for page in self._store.corpus.embedding_keys(generation.id):
            pairs += page
            if len(pairs) > self._below:
                return None
        matrix = np.empty((len(pairs), generation.dimension), dtype=np.float32)
        for start in range(0, len(pairs), 1000):
            part = pairs[start : start + 1000]
            known = self._store.embeddings.get_many([key for _, key in part])
            if any(key not in known for _, key in part):
                return None
            for row, (_, key) in enumerate(part, start):
                matrix[row] = known[key]
        return _Held(self._store, generation.id, [cid for cid, _ in pairs], matrix)


class _Held:
    """Vectors in the order of chunk ids, and for each token of a filter the rows that have it, once a filter was asked for."""

    def __init__(self, store: Store, generation: int, cids: list[str], matrix: "Vectors") -> None:
        self._store = store
        self._generation = generation
        self._cids = cids
        self._matrix = matrix
        self._rows: dict[str, NDArray[np.intp]] | None = None

    def nearest(self, vector: "Vectors", k: int, any_of: Sequence[frozenset[str]]) -> list[tuple[str, float]]:
        import numpy as np

        if any_of:
            rows = self._matching(any_of)
            scores = self._matrix[rows] @ vector
        else:
            rows, scores = np.arange(len(self._cids)), self._matrix @ vector
        if len(scores) > 4 * k:
            near = np.flatnonzero(scores >= np.partition(scores, -k)[-k])  # all that share the k-th place too
            rows, scores = rows[near], scores[near]
        order = np.argsort(-scores, kind="stable")[:k]
        return [(self._cids[row], float(score)) for row, score in zip(rows[order], scores[order], strict=True)]

    def _matching(self, any_of: Sequence[frozenset[str]]) -> "NDArray[np.intp]":
        import numpy as np

        if self._rows is None:
            places: defaultdict[str, list[int]] = defaultdict(list)
            metadata = self._store.corpus.metadata(self._generation, self._cids)
            for row, cid in enumerate(self._cids):
                for token in tokens(metadata.get(cid, {})):
                    places[token].append(row)
            self._rows = {token: np.asarray(rows, dtype=np.intp) for token, rows in places.items()}
        found: NDArray[np.intp] | None = None
        for tokens_wanted in any_of:
            parts = [self._rows[token] for token in tokens_wanted if token in self._rows]
            rows = np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.intp)
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        assert found is not None
        return found

"""Measure how many of the nearest chunks a vector store finds, on vectors of its own and against exact search.

Approximate indexes find nearly all on texts that fall into groups and a fraction on vectors without any structure, so only the
user's own vectors tell. A sample of them is asked as questions; none counts as an answer to itself.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from llmops.core.hashing import Json
from llmops.domain.filters import tokens
from llmops.domain.ports import VectorStore
from llmops.index.verification import Recall
from llmops.measures.intervals import estimate_mean

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

QUERIES: Final = 100
NEAREST: Final = 10
TOLERANCE: Final = 1e-3
"""Numbers of two vectors, or their similarity and 1, that are no further apart are those of one vector."""
WIDE: Final = 1_000
"""Neighbours among which a vector is looked for that is not the nearest to itself."""
_EQUAL: Final = 1e-4  # similarities that are no further apart are the same


class RecallProbe:
    """Some vectors as questions; shown all vectors once, it knows which are nearest to each, and then asks a vector store.

    Args:
        asked: the questions: ids of chunks and their vectors, shape (len, dimension).
        k: how many nearest are looked for.
    """

    def __init__(self, asked: "tuple[list[str], Vectors]", k: int = NEAREST) -> None:
        import numpy as np

        self._ids, self._questions = asked
        self._rows = {cid: row for row, cid in enumerate(self._ids)}
        self._k = k
        self._best = np.full((len(self._ids), k), -np.inf, dtype=np.float32)
        self._seen = 0

    def see(self, cids: list[str], vectors: "Vectors") -> None:
        """Look at some of all vectors, each once."""
        import numpy as np

        scores = self._questions @ vectors.T
        for place, cid in enumerate(cids):
            if (row := self._rows.get(cid)) is not None:
                scores[row, place] = -np.inf
        whole = np.concatenate([self._best, scores], axis=1)
        self._best = -np.partition(-whole, self._k - 1, axis=1)[:, : self._k]
        self._seen += len(cids)

    def measure(self, store: VectorStore) -> Recall | None:
        """Ask a vector store the questions; None where there is nothing to be found."""
        k = min(self._k, self._seen - 1)
        if k < 1 or not self._ids:
            return None
        shares = []
        for row, cid in enumerate(self._ids):
            least = sorted(self._best[row].tolist(), reverse=True)[k - 1] - _EQUAL
            found = [score for other, score in store.search(self._questions[row], k + 1) if other != cid][:k]
            shares.append(sum(score >= least for score in found) / k)
        told = estimate_mean(shares)
        low, high = told.low if told.low is not None else 0.0, told.high if told.high is not None else 1.0
        return Recall(k=k, queries=len(shares), share=told.mean, low=low, high=high)


def finds(store: VectorStore, cid: str, vector: "Vectors", metadata: Mapping[str, Json]) -> bool:
    """Whether searching for a vector among those with some metadata finds it, or one that is equal.

    Among very many that are nearly alike an approximate index may miss it at first; that is a matter of its recall. What was
    lost is not among the nearest thousand either.
    """
    filters = {key: value for key, value in metadata.items() if tokens({key: value})}
    for count in (1, WIDE):
        found = store.search(vector, count, filters)
        if any(id_ == cid or score >= 1 - TOLERANCE for id_, score in found):
            return True
    return False

"""Several rankings made one, and one ranking made diverse."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONSTANT: Final = 60
"""The k of reciprocal rank fusion, as its authors chose it: how little the first places count for more than the next."""


def reciprocal_rank_fusion(rankings: Sequence[Sequence[str]], constant: int = CONSTANT) -> dict[str, float]:
    """Fuse rankings of ids, best first: each id scores the sum of 1 / (constant + rank) over the rankings that have it.

    Returns the scores best first; equal ones in the order of the first ranking, then of the next (Cormack, Clarke &
    Büttcher 2009, doi:10.1145/1571941.1572114).
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(dict.fromkeys(ranking), start=1):
            scores[item] = scores.get(item, 0.0) + 1 / (constant + rank)
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))


def marginal_relevance(
    relevance: Mapping[str, float], vectors: "Mapping[str, NDArray[np.float32]]", k: int, weight: float
) -> list[str]:
    """Choose k ids one after another, each the one with the best of weight x relevance - (1 - weight) x likeness to what is
    chosen (maximal marginal relevance; Carbonell & Goldstein 1998, doi:10.1145/290941.291025).

    Args:
        relevance: by id, on the scale of cosine similarity; equal ones are taken in the order in which they stand.
        vectors: by id, of unit length. An id without one is like nothing.
        k: how many.
        weight: from 0 (diverse) to 1 (relevant).
    """
    import numpy as np

    ids = list(relevance)
    if not ids or k < 1:
        return []
    length = next((len(vector) for vector in vectors.values()), 1)
    matrix = np.stack([vectors.get(item, np.zeros(length, dtype=np.float32)) for item in ids])
    wanted = weight * np.asarray([relevance[item] for item in ids])
    likeness = np.full(len(ids), -np.inf)
    chosen: list[int] = []
    while len(chosen) < min(k, len(ids)):
        value = wanted if not chosen else wanted - (1 - weight) * likeness
        value[chosen] = -np.inf
        best = int(value.argmax())
        chosen.append(best)
        likeness = np.maximum(likeness, matrix @ matrix[best])
    return [ids[at] for at in chosen]

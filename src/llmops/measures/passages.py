"""How well retrieved passages cover the passages that answer a question, after Chroma's evaluation of chunking.

Smith & Troynikov, "Evaluating Chunking Strategies for Retrieval" (2024), https://research.trychroma.com/evaluating-chunking.
A passage is a stretch of a document; lengths may be counted in characters or in tokens, as long as all of them are. What is
wanted counts once; what was retrieved counts as often as it was retrieved, so that overlapping chunks cost precision.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

Stretch: TypeAlias = tuple[int, int]


class Passage(NamedTuple):
    """A stretch of a document, from `start` to before `end`."""

    document: str
    start: int
    end: int


class Coverage(NamedTuple):
    """Recall: the share of the wanted that was retrieved. Precision: the share of the retrieved that is wanted. IoU: what
    both have in common, as a share of all that is wanted or retrieved."""

    recall: float
    precision: float
    iou: float


def coverage(wanted: Sequence[Passage], retrieved: Sequence[Passage]) -> Coverage:
    """Compare passages; something must be wanted."""
    hit = common(wanted, retrieved)
    total, given = length(wanted), sum(passage.end - passage.start for passage in retrieved)
    return Coverage(hit / total, hit / given if given else 0.0, hit / (given + total - hit))


def best_precision(wanted: Sequence[Passage], chunks: Iterable[Passage]) -> float:
    """Return the precision of retrieving every chunk that holds something wanted and no other: the most that any retriever
    can reach with full recall (Chroma's precision-omega)."""
    return coverage(wanted, [chunk for chunk in chunks if common(wanted, [chunk])]).precision


def common(one: Iterable[Passage], other: Iterable[Passage]) -> int:
    """Return how long what lies in both is, each place counted once."""
    left, right = _merged(one), _merged(other)
    return sum(
        max(0, min(end, last) - max(start, first))
        for document in left.keys() & right.keys()
        for start, end in left[document]
        for first, last in right[document]
    )


def length(passages: Iterable[Passage]) -> int:
    """Return how long passages are together, each place counted once."""
    return sum(end - start for stretches in _merged(passages).values() for start, end in stretches)


def _merged(passages: Iterable[Passage]) -> dict[str, list[Stretch]]:
    """Stretches that do not touch each other, by document."""
    found: dict[str, list[Stretch]] = defaultdict(list)
    for document, start, end in sorted(passages):
        stretches = found[document]
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]))
        else:
            stretches.append((start, end))
    return found

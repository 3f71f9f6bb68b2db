"""Words and vectors as numbers that a detector can watch, fixed by the first values and never changed by later ones.

A word becomes the rank of its frequency (the commonest is 0; unknown ones share the last rank): whatever words become more or
less frequent, the ranks are spread differently. A vector becomes its distance from the centre, 1 - cosine, and its places along
the directions in which the first values differ most: other shares of the same topics may leave all distances as they were. The
values that fix a projection are not watched and are no part of the reference, so that what is watched remains exchangeable.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from llmops.core.hashing import Json
from llmops.monitor.protocol import Measured

FIRST = 100  # values that fix a projection
DIRECTIONS = 6  # along which places of vectors are watched, beside their distance
_WORDS = 1_000  # different words that are told apart


@dataclass(slots=True)
class Projection:
    """Counts of words or the first vectors, until `FIRST` values are there; afterwards ranks, or a centre and axes."""

    count: int = 0
    words: Counter[str] = field(default_factory=Counter)
    centre: list[float] = field(default_factory=list)
    ranks: dict[str, int] = field(default_factory=dict)
    axes: list[list[float]] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)

    def put(self, value: Measured) -> float | None:
        """The number that a value becomes; None while the projection is not fixed.

        Raises:
            ValueError: a vector of another length than those before.
        """
        if value is None or isinstance(value, (int, float)):
            return value
        if self.count >= FIRST:
            return self._rank(value) if isinstance(value, str) else self._distance(value)
        self.count += 1
        if isinstance(value, str):
            if value in self.words or len(self.words) < _WORDS:
                self.words[value] += 1
            if self.count == FIRST:
                self._rank_words()
            return None
        if not self.centre:
            self.centre = [0.0] * len(value)
        self._check(value)
        self.centre = [total + part for total, part in zip(self.centre, value, strict=True)]
        self.rows.append([float(part) for part in value])
        if self.count == FIRST and len(self.rows) == FIRST:
            self.axes = _directions(self.rows)
        self.rows = [] if self.count == FIRST else self.rows
        return None

    def along_axes(
        self, measured: Sequence[Measured | Exception], numbers: Sequence[float | None]
    ) -> list[list[float | None]]:
        """By axis the places of vectors along it; None where no number came of what was measured."""
        columns: list[list[float | None]] = [[None] * len(numbers) for _ in self.axes]
        there = [place for place, number in enumerate(numbers) if number is not None]
        if self.axes and there:
            import numpy as np

            rows = np.array([measured[place] for place in there], dtype=float)
            for column, found in zip(columns, (rows @ np.array(self.axes).T).T.tolist(), strict=True):
                for place, value in zip(there, found, strict=True):
                    column[place] = value
        return columns

    def to_json(self) -> Json:
        """Its JSON form."""
        return {
            "count": self.count,
            "words": dict(self.words),
            "centre": self.centre,
            "axes": self.axes,
            "rows": self.rows,
        }

    def _rank_words(self) -> None:
        ordered = sorted(self.words, key=lambda word: (-self.words[word], word))
        self.ranks = {word: rank for rank, word in enumerate(ordered)}

    def _rank(self, word: str) -> float:
        return float(self.ranks.get(word, len(self.ranks)))

    def _distance(self, vector: Sequence[float]) -> float:
        self._check(vector)
        lengths = math.hypot(*self.centre) * math.hypot(*vector)
        if not lengths:
            return 1.0
        return 1.0 - sum(a * b for a, b in zip(self.centre, vector, strict=True)) / lengths

    def _check(self, vector: Sequence[float]) -> None:
        if len(vector) != len(self.centre):
            raise ValueError(f"a vector of {len(vector)} numbers, where those before have {len(self.centre)}")


def _directions(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """The principal directions of some vectors, those of nearly no length left out."""
    import numpy as np

    given = np.asarray(rows, dtype=float)
    _, lengths, axes = np.linalg.svd(given - given.mean(axis=0), full_matrices=False)
    kept: list[list[float]] = axes[:DIRECTIONS][lengths[:DIRECTIONS] > 1e-6 * (lengths[0] or 1.0)].tolist()
    return kept


def projection_from_json(value: Json) -> Projection:
    """Read the JSON form of a projection."""
    found = Projection(value["count"], Counter(value["words"]), value["centre"])
    found.axes, found.rows = value.get("axes", []), value.get("rows", [])
    if found.count >= FIRST:
        found._rank_words()
    return found

"""Words and vectors as numbers that a detector can watch, fixed by the first values and never changed by later ones.

A word becomes the rank of its frequency (the commonest is 0; unknown ones share the last rank): whatever words become more or
less frequent, the ranks are spread differently. A vector becomes its distance from the centre, 1 - cosine. The values that fix
a projection are not watched and are no part of the reference, so that what is watched remains exchangeable.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from llmops.core.hashing import Json
from llmops.monitor.protocol import Measured

FIRST = 100  # values that fix a projection
_WORDS = 1_000  # different words that are told apart


@dataclass(slots=True)
class Projection:
    """Counts of words or sums of vectors, until `FIRST` values are there; afterwards ranks or a centre."""

    count: int = 0
    words: Counter[str] = field(default_factory=Counter)
    centre: list[float] = field(default_factory=list)
    ranks: dict[str, int] = field(default_factory=dict)

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
        return None

    def to_json(self) -> Json:
        """Its JSON form."""
        return {"count": self.count, "words": dict(self.words), "centre": self.centre}

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


def projection_from_json(value: Json) -> Projection:
    """Read the JSON form of a projection."""
    found = Projection(value["count"], Counter(value["words"]), value["centre"])
    if found.count >= FIRST:
        found._rank_words()
    return found

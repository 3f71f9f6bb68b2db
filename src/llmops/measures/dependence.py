"""Whether values depend on the one before: the promises of detectors that look at single observations then do not hold.

The lag-1 autocorrelation r of scores is about N(0, 1/n) where they are independent. It is computed about the mean before and
the mean after the likeliest change, as a change of the mean makes neighbours alike too. As it is looked at again and again, it
has to lie four standard errors above 0, and above what three pairs of extreme scores make of it: two rare errors in a row are
chance. Sessions, users who ask several times and the hours of a week all show in it.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

STRICT = 4.0  # standard errors
PAIRS = 3  # neighbours that may both be as extreme as any score
FEWEST = 50  # scores


@dataclass(frozen=True, slots=True)
class Dependence:
    """Sums over scores: how many, their sum, squares, products of neighbours (`pairs` of them); the last, and both ends."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    products: float = 0.0
    pairs: int = 0
    last: float | None = None
    least: float = 0.0
    greatest: float = 0.0

    def correlation(self, change: tuple[int, float] | None = None) -> float | None:
        """The lag-1 autocorrelation; None of fewer than three scores or of scores that are all the same.

        Args:
            change: how many scores came before a change, and their sum.
        """
        if self.pairs < 2:
            return None
        before, sum_before = change if change is not None else (0, 0.0)
        explained = sum(
            total * total / count
            for count, total in ((before, sum_before), (self.count - before, self.total - sum_before))
            if count > 0
        )
        squares = self.squares - explained
        if squares <= 1e-12 * self.squares:
            return None
        return (self.products - explained * self.pairs / self.count) / squares

    def warning(self, what: str, change: tuple[int, float] | None) -> str:
        """Say that the promise is withdrawn, if r is significant."""
        r = self.correlation(change)
        if r is None or self.count < FEWEST:
            return ""
        mean = self.total / self.count
        extreme = max(self.greatest - mean, mean - self.least) ** 2
        if r <= STRICT / math.sqrt(self.pairs) + PAIRS * extreme / (self.squares - self.count * mean * mean):
            return ""
        return (
            f"no false-alarm rate is promised: neighbouring values of the {what} are alike (lag-1 autocorrelation {r:.2f} over "
            f"{self.count} values); block by session, user or hour, and compare with the same hour of the week"
        )


NO_SCORES = Dependence()


def dependence_of(before: Dependence, scores: "Floats") -> Dependence:
    """Add scores that followed."""
    import numpy as np

    if not len(scores):
        return before
    ends = (float(scores.min()), float(scores.max()))
    chain = scores if before.last is None else np.concatenate(([before.last], scores))
    return Dependence(
        before.count + len(scores),
        before.total + float(scores.sum()),
        before.squares + float(scores @ scores),
        before.products + float(chain[:-1] @ chain[1:]),
        before.pairs + len(chain) - 1,
        float(scores[-1]),
        min(before.least, ends[0]) if before.count else ends[0],
        max(before.greatest, ends[1]) if before.count else ends[1],
    )


def merge_dependence(parts: list[Dependence]) -> Dependence:
    """Add up the sums of streams that ran beside each other."""
    return Dependence(
        sum(part.count for part in parts),
        math.fsum(part.total for part in parts),
        math.fsum(part.squares for part in parts),
        math.fsum(part.products for part in parts),
        sum(part.pairs for part in parts),
        parts[0].last,
        min((part.least for part in parts if part.count), default=0.0),
        max((part.greatest for part in parts if part.count), default=0.0),
    )

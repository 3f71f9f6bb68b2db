"""Bets that the mean of a bounded signal has left its zone: rates, scores of judges, anything with a lowest and a highest value.

With x in [0, 1] and a zone [low, high] in which the mean is fine, L = 1 + λ (x - high) for 0 <= λ <= 1/high and
L = 1 + λ (low - x) for 0 <= λ <= 1/(1 - low) are never negative, and have a mean of at most 1 whenever the mean of x, given
all that came before, lies in the zone: independence is not needed (Shin, Ramdas & Rinaldo, arXiv:2203.03532). Six λ a side,
from 1/64 to 1/2 of the largest, suit changes of different sizes.

Where the mean is not known but estimated, the zone is what a sample does not rule out. Taking the estimate for the mean itself
is a trap: the difference between both is a change that the bets find in the end.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.measures.intervals import clopper_pearson

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

SHARES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)  # of the largest λ
NARROWEST = 1e-4  # how near to 0 or 1 a zone ends; a rate of exactly 0 would make the first error an infinite surprise
_CAUTION = 0.75


@dataclass(frozen=True, slots=True)
class Zone:
    """Where the mean of a signal with this lowest and highest possible value may lie, as shares of the way between them."""

    low: float
    high: float
    bounds: tuple[float, float] = (0.0, 1.0)

    def scores(self, values: "Floats") -> "Floats":
        """Each value as the share of the way from the lowest to the highest.

        Raises:
            ValueError: a value lies outside.
        """
        lowest, highest = self.bounds
        outside = values[(values < lowest) | (values > highest)]
        if len(outside):
            raise ValueError(f"a value of {outside[0]} lies outside the range {lowest} to {highest}")
        scaled: Floats = (values - lowest) / (highest - lowest)
        return scaled

    def factors(self, scores: "Floats") -> "Floats":
        """The factor of each bet (column) on each score (row)."""
        import numpy as np

        shares = np.array(SHARES)
        above, below = shares / self.high, shares / (1 - self.low)
        factors: Floats = np.concatenate(
            [1 + (scores[:, None] - self.high) * above, 1 + (self.low - scores[:, None]) * below], axis=1
        )
        return factors


def known_zone(mean: float, *, gap: float = 0.0, bounds: tuple[float, float] = (0.0, 1.0)) -> Zone:
    """The zone around a known mean; `gap` is the largest difference from it that does not matter."""
    lowest, highest = bounds
    if not lowest <= mean <= highest:
        raise ValueError(f"a mean of {mean} lies outside the range {lowest} to {highest}")
    share, wide = (mean - lowest) / (highest - lowest), gap / (highest - lowest)
    return _zone(share - wide, share + wide, bounds)


def estimated_zone(
    reference: Sequence[float], *, gap: float = 0.0, delta: float = 0.05, bounds: tuple[float, float] = (0.0, 1.0)
) -> Zone:
    """The zone around the mean of independent reference values, which misses the true mean at most `delta` of the time.

    The limits are those of Clopper and Pearson for values at the two ends of the range, else those that bets on the reference
    do not rule out (Waudby-Smith & Ramdas 2024, arXiv:2010.09686).
    """
    import numpy as np

    lowest, highest = bounds
    if not reference:
        raise ValueError("the mean of a reference needs at least one value")
    scores = Zone(0.0, 1.0, bounds).scores(np.asarray(reference, dtype=float))
    wide = gap / (highest - lowest)
    if bool(np.isin(scores, (0.0, 1.0)).all()):
        low, high = clopper_pearson(int(scores.sum()), len(scores), delta / 2)
    else:
        low, high = _lower_limit(scores, delta / 2), 1 - _lower_limit(1 - scores, delta / 2)
    return _zone(low - wide, high + wide, bounds)


def _zone(low: float, high: float, bounds: tuple[float, float]) -> Zone:
    return Zone(min(max(low, 0.0), 1 - NARROWEST), max(min(high, 1.0), NARROWEST), bounds)


def _lower_limit(scores: "Floats", error: float) -> float:
    """The smallest mean that the bets on a higher one do not rule out, by bisection: the capital falls as the mean rises."""
    import numpy as np

    n = len(scores)
    order = np.arange(1, n + 1)
    means = (0.5 + np.cumsum(scores)) / (order + 1)
    variances = (0.25 + np.cumsum((scores - means) ** 2)) / (order + 1)
    before = np.concatenate(([0.25], variances[:-1]))
    stakes = np.sqrt(2 * math.log(1 / error) / (n * before))
    low, high = 0.0, float(scores.mean())
    for _ in range(40):
        middle = (low + high) / 2
        bets = np.minimum(stakes, _CAUTION / max(middle, NARROWEST))
        is_ruled_out = float(np.log1p(bets * (scores - middle)).sum()) >= math.log(1 / error)
        low, high = (middle, high) if is_ruled_out else (low, middle)
    return low

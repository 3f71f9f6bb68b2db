"""When a window of numbers changed its level: the likeliest place, the places that are nearly as likely, and whether it did.

For timelines and for the past; `streams` date the change they raise an alarm for themselves. Values become normal scores of their
ranks, so that a single outlier is no change; the place is where the means on both sides differ most in standard errors.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

FEWEST = 10  # values on each side
_NEAR = 3.0  # log likelihood below the largest, within which a place is still likely


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The index of the first value after a change, the first and last likely one, and p against no change."""

    index: int
    first: int
    last: int
    p: float


def locate_change(values: Sequence[float]) -> ChangePoint | None:
    """Find the likeliest single change of level; None of fewer than 20 values or if all are the same.

    p is that of the largest of the standardised differences, for independent values, by the approximation of Miller and Siegmund
    (1982, Biometrics 38:1011).
    """
    import numpy as np

    n = len(values)
    if n < 2 * FEWEST or min(values) == max(values):
        return None
    z = _normal_scores(values)
    places = np.arange(FEWEST, n - FEWEST + 1)
    sums = np.cumsum(z)
    strength = np.abs(sums[places - 1] - places * sums[-1] / n) / np.sqrt(places * (n - places) / n) / z.std(ddof=1)
    best = int(strength.argmax())
    gained = strength**2 / 2
    near = places[gained >= gained[best] - _NEAR]
    return ChangePoint(int(places[best]), int(near[0]), int(near[-1]), _largest_above(float(strength[best]), n))


def _normal_scores(values: Sequence[float]) -> "Floats":
    import numpy as np

    taken = np.asarray(values, dtype=float)
    ordered = np.sort(taken)
    ranks = (np.searchsorted(ordered, taken, "left") + np.searchsorted(ordered, taken, "right") + 1) / 2
    quantile = NormalDist().inv_cdf
    scores: Floats = np.array([quantile(p) for p in (ranks / (len(taken) + 1)).tolist()])
    return scores


def _largest_above(b: float, n: int) -> float:
    """P(max |Z| >= b) for the standardised bridge over the places FEWEST/n to 1 - FEWEST/n."""
    if b < 1:
        return 1.0
    t = FEWEST / n
    span = math.log((1 - t) ** 2 / t**2)
    density = math.exp(-b * b / 2) / math.sqrt(2 * math.pi)
    return min(1.0, density * ((b - 1 / b) * span + 4 / b))

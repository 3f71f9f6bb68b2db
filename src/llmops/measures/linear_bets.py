"""Betting where a second mean is unknown: is one mean higher than another by less than d, when neither is known?

Two gains that depend on an unknown v in [0, 1], A + a v and B + b v, have no positive mean if v is the truth and the claim holds.
A gambler who bets on both, whatever v is, has for the true v a fair game; the smallest capital over all v is therefore a
bound on it, and reaches 1/alpha with probability at most alpha (Ville 1939; Waudby-Smith & Ramdas 2024,
arXiv:2010.09686; minimum over a nuisance parameter: Ramdas et al. 2023, arXiv:2210.01948, section 6). Units that contribute to
both gains, such as clusters with cases on both sides, are as welcome as those that do not.

v is cut into intervals. Stakes are constant over an interval, so that the logarithm of the capital is concave there and its
minimum lies at an end: nothing is lost between grid points.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.measures.sequential import CAUTION, PRIOR_VARIANCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

INTERVALS = 64
HEDGES = (1 / 2, 1 / 8, 1 / 32)  # shares of the largest stake that parts of the first capital always bet
ADAPTIVE = 0.7  # the part of the first capital that follows the running means
_BLOCK = 2_000_000  # numbers in an array at once


@dataclass(frozen=True, slots=True)
class Unit:
    """What one independent unit gains: `first + first_slope v` and `second + second_slope v`; 0 where it has no part."""

    first: float
    first_slope: float
    second: float
    second_slope: float


def least_capital(units: Sequence[Unit], worst: tuple[float, float], *, seed: int = 0) -> float:
    """Return the logarithm of the smallest capital over v after betting on all units, drawn in seeded random order.

    Args:
        units: independent of each other.
        worst: the largest loss that the first and the second gain of a unit can bring, whatever v is, above 0.
        seed: what the order is drawn from.
    """
    import numpy as np

    order = list(units)
    random.Random(seed).shuffle(order)  # noqa: S311  # an order, no secret
    rows = np.array([(u.first, u.first_slope, u.second, u.second_slope) for u in order], dtype=float).reshape(-1, 4)
    both = bool(((rows[:, 0] != 0) | (rows[:, 1] != 0)).dot((rows[:, 2] != 0) | (rows[:, 3] != 0)))
    caution = CAUTION / 2 if both else CAUTION
    limits = (caution / worst[0], caution / worst[1])
    edges = np.linspace(0.0, 1.0, INTERVALS + 1)
    width = max(1, _BLOCK // max(1, len(rows)))
    smallest = math.inf
    for start in range(0, INTERVALS, width):
        smallest = min(smallest, _least_over(rows, edges[start : start + width + 1], limits))
    return smallest


def _least_over(rows: "Floats", edges: "Floats", limits: tuple[float, float]) -> float:
    """The smallest log capital over the intervals between the edges."""
    import numpy as np

    middle = (edges[:-1] + edges[1:]) / 2
    first = _stakes(rows[:, 0], rows[:, 1], middle, limits[0])
    second = _stakes(rows[:, 2], rows[:, 3], middle, limits[1])
    logs = [math.log(ADAPTIVE) + _at_ends(rows, edges, first, second)]
    part = (1 - ADAPTIVE) / (3 * len(HEDGES))
    for share in HEDGES:
        for on_first, on_second in ((1, 0), (0, 1), (1, 1)):
            fixed = _at_ends(rows, edges, on_first * share * limits[0], on_second * share * limits[1])
            logs.append(math.log(part) + fixed)
    return float(np.logaddexp.reduce(np.stack(logs)).min())


def _at_ends(rows: "Floats", edges: "Floats", first: "Floats | float", second: "Floats | float") -> "Floats":
    """For each interval the smaller of the log capitals at its two ends."""
    import numpy as np

    slope = first * rows[:, 1:2] + second * rows[:, 3:4]
    constant = first * rows[:, 0:1] + second * rows[:, 2:3]
    low = np.log1p(constant + slope * edges[:-1]).sum(axis=0)
    high = np.log1p(constant + slope * edges[1:]).sum(axis=0)
    smaller: Floats = np.minimum(low, high)
    return smaller


def _stakes(constant: "Floats", slope: "Floats", middle: "Floats", limit: float) -> "Floats":
    """aGRAPA: for each unit and interval the stake that the units before it suggest, from one imagined unit on."""
    import numpy as np

    takes_part = ((constant != 0) | (slope != 0)).astype(float)
    before = np.stack([takes_part, constant, slope, constant**2, constant * slope, slope**2])
    count, c, s, cc, cs, ss = (np.cumsum(before, axis=1) - before)[..., None]
    n = 1 + count
    mean = (c + s * middle) / n
    square = (PRIOR_VARIANCE / _scale(limit) + cc + 2 * cs * middle + ss * middle**2) / n
    stakes: Floats = np.clip(mean / np.maximum(square, 1e-12), 0.0, limit)
    return stakes


def _scale(limit: float) -> float:
    """How much smaller than on a range of 1 the imagined unit's variance is."""
    return max(1.0, limit / CAUTION) ** 2

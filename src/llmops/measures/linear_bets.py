"""Betting where a second mean is unknown: is one mean higher than another by less than d, when neither is known?

Two gains that depend on an unknown v in [0, 1], A + a v and B + b v, have no positive mean if v is the truth and the claim holds.
A gambler who bets on both, whatever v is, has for the true v a fair game; the smallest capital over all v is therefore a
bound on it, and reaches 1/alpha with probability at most alpha (Ville 1939; Waudby-Smith & Ramdas 2024,
arXiv:2010.09686; minimum over a nuisance parameter: Ramdas et al. 2023, arXiv:2210.01948, section 6). Units that contribute to
both gains, such as clusters with cases on both sides, are as welcome as those that do not.

v is cut into intervals, the finer the less the capital is. Stakes are constant over an interval, so that the logarithm of
the capital is concave there and its minimum lies at an end: nothing is lost between grid points.
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
PARTS = 8  # into which an interval is cut that decides
ROUNDS = 3
NEAR = 1.0  # how far above the smallest log capital another may lie and still be looked at more closely
SETTLED = 0.05  # the gain in log capital below which a closer look is not worth it
# Bets on the first gain, on the second (as shares of what aGRAPA stakes), and the part of the first capital. Where v is near
# the truth of one gain, betting on it only costs; that the other is bet on alone saves that.
PORTFOLIO = ((1.0, 1.0, 0.45), (1.0, 0.0, 0.25), (0.0, 1.0, 0.1), (0.5, 0.5, 0.2))
_BLOCK = 2_000_000  # numbers in an array at once


@dataclass(frozen=True, slots=True)
class Unit:
    """What one independent unit gains: `first + first_slope v` and `second + second_slope v`; 0 where it has no part."""

    first: float
    first_slope: float
    second: float
    second_slope: float


def least_capital(units: Sequence[Unit], worst: tuple[float, float], *, seed: int | None = 0) -> float:
    """Return the logarithm of the smallest capital over v after betting on all units, drawn in seeded random order.

    Args:
        units: independent of each other.
        worst: the largest loss that the first and the second gain of a unit can bring, whatever v is, above 0.
        seed: what the order is drawn from; None: they are in random order already.
    """
    import numpy as np

    order = list(units)
    if seed is not None:
        random.Random(seed).shuffle(order)  # noqa: S311  # an order, no secret
    rows = np.array([(u.first, u.first_slope, u.second, u.second_slope) for u in order], dtype=float).reshape(-1, 4)
    both = bool(((rows[:, 0] != 0) | (rows[:, 1] != 0)).dot((rows[:, 2] != 0) | (rows[:, 3] != 0)))
    caution = CAUTION / 2 if both else CAUTION
    limits = (caution / worst[0], caution / worst[1])
    lows = np.linspace(0.0, 1.0, INTERVALS, endpoint=False)
    width, settled, smallest = 1 / INTERVALS, math.inf, -math.inf
    for _ in range(ROUNDS):
        found = _least_over(rows, lows, width, limits)
        before, smallest = smallest, min(settled, float(found.min()))
        near = found < smallest + NEAR
        if smallest - before < SETTLED or not near.any():
            break
        settled = min([settled, *found[~near].tolist()])
        lows = (lows[near][:, None] + width * np.arange(PARTS) / PARTS).ravel()
        width /= PARTS
    return smallest


def _least_over(rows: "Floats", lows: "Floats", width: float, limits: tuple[float, float]) -> "Floats":
    """The smallest log capital over each of the intervals that begin at `lows`."""
    import numpy as np

    block = max(1, _BLOCK // max(1, len(rows)))
    parts = [_least_in(rows, lows[i : i + block], width, limits) for i in range(0, len(lows), block)]
    joined: Floats = np.concatenate(parts)
    return joined


def _least_in(rows: "Floats", lows: "Floats", width: float, limits: tuple[float, float]) -> "Floats":
    import numpy as np

    middle, edges = lows + width / 2, (lows, lows + width)
    first = _stakes(rows[:, 0], rows[:, 1], middle, limits[0])
    second = _stakes(rows[:, 2], rows[:, 3], middle, limits[1])
    logs = [
        math.log(part) + _at_ends(rows, edges, on_first * first, on_second * second)
        for on_first, on_second, part in PORTFOLIO
    ]
    capital: Floats = np.logaddexp.reduce(np.stack(logs))
    return capital


def _at_ends(
    rows: "Floats", edges: "tuple[Floats, Floats]", first: "Floats | float", second: "Floats | float"
) -> "Floats":
    """For each interval the smaller of the log capitals at its two ends."""
    import numpy as np

    slope = first * rows[:, 1:2] + second * rows[:, 3:4]
    constant = first * rows[:, 0:1] + second * rows[:, 2:3]
    low = np.log1p(constant + slope * edges[0]).sum(axis=0)
    high = np.log1p(constant + slope * edges[1]).sum(axis=0)
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

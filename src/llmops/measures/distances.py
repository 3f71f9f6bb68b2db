"""How far apart two windows are: effect sizes with intervals, for people. Whether they differ at all is for `windows` to test.

A distance between two samples is above 0 even where they come from the same place. The population stability index (PSI) is then
about (bins - 1)(1/n + 1/m), which is subtracted here; without that its customary thresholds (0.1, 0.25) alarm on small windows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.measures.quantiles import normal_quantile

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance of two windows and its interval; `plain` is what is read elsewhere under its name, without correction."""

    name: str
    value: float
    low: float
    high: float
    plain: float


def population_stability(reference: Sequence[int], current: Sequence[int], *, level: float = 0.95) -> Distance:
    """The PSI Σ (q - p) ln(q/p) of counts in the same bins, less what chance alone would make of it.

    Half a value is added to each bin, as one that is empty on one side would make it infinite. Its variance is that of the delta
    method and, near 0 where that vanishes, of chi-square: 2 (bins - 1)(1/n + 1/m)².
    """
    import numpy as np

    n, m = sum(reference), sum(current)
    if min(n, m) < 1:
        raise ValueError("a distance needs at least one value in each window")
    p, q = ((np.array(counts) + 0.5) / (sum(counts) + len(counts) / 2) for counts in (reference, current))
    ratio = np.log(q / p)
    plain = float(((q - p) * ratio).sum())
    noise = 1 / n + 1 / m
    of_p, of_q = 1 - q / p - ratio, 1 - p / q + ratio
    spread = [float((part * of * of).sum() - (part * of).sum() ** 2) for part, of in ((p, of_p), (q, of_q))]
    variance = spread[0] / n + spread[1] / m + 2 * (len(p) - 1) * noise**2
    value = plain - (len(p) - 1) * noise
    half = normal_quantile(0.5 + level / 2) * math.sqrt(variance)
    return Distance("PSI", max(0.0, value), max(0.0, value - half), max(0.0, value + half), plain)


def jensen_shannon(reference: Sequence[float], current: Sequence[float]) -> float:
    """The Jensen-Shannon distance of two distributions over the same bins: 0 where they are equal, 1 where they share none.

    The root of the divergence in bits (Endres & Schindelin 2003, doi:10.1109/TIT.2003.813506).
    """
    import numpy as np

    p, q = (np.asarray(counts, dtype=float) / math.fsum(counts) for counts in (reference, current))
    middle = (p + q) / 2
    divergence = 0.0
    for part in (p, q):
        some = part > 0
        divergence += float((part[some] * np.log2(part[some] / middle[some])).sum()) / 2
    return math.sqrt(max(0.0, min(1.0, divergence)))


def wasserstein(
    reference: "Sequence[float] | Floats", current: "Sequence[float] | Floats", *, level: float = 0.95
) -> Distance:
    """The mean distance by which values have to move to make one sample of the other, in the unit of the values.

    It is the area between both distribution functions. The interval takes the sign of their difference at each place for known
    (delta method); near 0 it is rough, and says "not below" rather than "not above".
    """
    import numpy as np

    a, b = np.sort(np.asarray(reference, dtype=float)), np.sort(np.asarray(current, dtype=float))
    if not len(a) or not len(b):
        raise ValueError("a distance needs at least one value in each window")
    places = np.sort(np.concatenate([a, b]))
    gaps = np.diff(places)
    below_a, below_b = (np.searchsorted(one, places[:-1], side="right") / len(one) for one in (a, b))
    apart = below_a - below_b
    value = float((np.abs(apart) * gaps).sum())
    climbed = np.concatenate(([0.0], np.cumsum(np.sign(apart) * gaps)))  # how much a value at each place adds or takes
    influence = [climbed[np.searchsorted(places, one)] for one in (a, b)]
    variance = sum(float(one.var()) / len(one) for one in influence)
    half = normal_quantile(0.5 + level / 2) * math.sqrt(variance)
    return Distance("Wasserstein", value, max(0.0, value - half), value + half, value)

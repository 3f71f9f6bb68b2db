"""The permutation test of paired differences: what if the sign of each were a coin?

A few sums are flipped in all ways, more are drawn. Of very many sums no draw is needed: those of a few sizes are drawn as
counts, which is the same distribution, and the sum of many sizes is nearly normal: its p is computed, and kept from being too
small where the sizes are nearly alike, so that the sum still moves in steps.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

EXACT_FLIPS: Final = 14  # up to 2**14 sign flips are counted, beyond it drawn
DRAWN_FLIPS: Final = 20_000
MANY: Final = 5000  # sums, beyond which each is not drawn by itself
FEW_SIZES: Final = 64
NEARLY_NORMAL: Final = (
    1e-3  # the sum of fourth powers by the squared sum of squares is at most that of 1,000 equal sums
)


def sign_flip(sums: Sequence[float], *, seed: int = 0) -> float:
    """Return the two-sided p that cluster sums are symmetric about 0, by flipping their signs (Fisher 1935).

    Exact for up to 14 sums that are not 0, else (1 + as extreme) / (1 + 20,000) over seeded draws. Beyond 5,000 sums of more
    than 64 sizes what these draws estimate is computed, from above (`nearly_normal_bound`) and never less than 1 / (1 + 20,000);
    but not where a few of them weigh much: these are drawn, however many.
    """
    moving = [total for total in sums if total != 0]
    extreme, rounding = abs(math.fsum(moving)), math.fsum(map(abs, moving))
    if len(moving) > EXACT_FLIPS:
        return _of_many(moving, extreme - 1e-6 * rounding, seed)
    totals = [0.0]
    for value in moving:
        totals = [total + sign * value for sign in (1, -1) for total in totals]
    return sum(abs(total) >= extreme - 1e-9 * rounding for total in totals) / len(totals)


def _of_many(moving: Sequence[float], extreme: float, seed: int) -> float:
    if len(moving) > MANY:
        sizes = Counter(map(abs, moving))
        if len(sizes) <= FEW_SIZES:
            return (1 + _drawn_counts(sizes, extreme, seed)) / (1 + DRAWN_FLIPS)
        if math.fsum(value**4 for value in moving) <= NEARLY_NORMAL * math.fsum(value**2 for value in moving) ** 2:
            return max(1 / (1 + DRAWN_FLIPS), nearly_normal_bound(moving, extreme))
    return (1 + drawn_flips(moving, extreme, seed)) / (1 + DRAWN_FLIPS)


def nearly_normal_bound(values: Sequence[float], extreme: float) -> float:
    """Return at least the probability that the sum of so many values with random signs is as far from 0.

    Edgeworth's expansion to the fourth cumulant, the first beyond the variance that does not vanish for random signs (Hall
    1992, The Bootstrap and Edgeworth Expansion, section 2.3). Equal values a make sums in steps of 2a, of which the expansion
    knows nothing: at a step it is half of one too small. So it is taken half a step nearer to 0, with the largest value as a
    (Feller 1971, An Introduction to Probability Theory II, section XVI.4). Where the values differ that is too much, by at most
    z times the largest value in standard deviations, and to that side only.
    """
    variance = math.fsum(value * value for value in values)
    z = (extreme - max(map(abs, values))) / math.sqrt(variance)
    if z <= 0:
        return 1.0
    excess = -2 * math.fsum(value**4 for value in values) / variance**2
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return min(1.0, math.erfc(z / math.sqrt(2)) + 2 * density * excess / 24 * (z**3 - 3 * z))


def drawn_flips(values: Sequence[float], extreme: float, seed: int) -> int:
    """How many of the drawn flips have a sum at least as far from 0, with one random bit a sign."""
    import numpy as np

    draw, width, hits = np.random.default_rng(seed), -(-len(values) // 8), 0
    kept = np.zeros(width * 8, dtype=np.float32)
    kept[: len(values)] = values
    rows = max(1, 4_000_000 // len(kept))
    for start in range(0, DRAWN_FLIPS, rows):
        count = min(rows, DRAWN_FLIPS - start)
        bits = np.unpackbits(np.frombuffer(draw.bytes(count * width), dtype=np.uint8)).reshape(count, -1)
        sums = 2 * (bits.astype(np.float32) @ kept) - kept.sum()
        hits += int((np.abs(sums) >= extreme).sum())
    return hits


def _drawn_counts(sizes: Counter[float], extreme: float, seed: int) -> int:
    """The same for sums of a few sizes: of each size a binomial number is positive."""
    import numpy as np

    draw, sums = np.random.default_rng(seed), np.zeros(DRAWN_FLIPS)
    for size, count in sorted(sizes.items()):
        sums += size * (2.0 * draw.binomial(count, 0.5, size=DRAWN_FLIPS) - count)
    return int((np.abs(sums) >= extreme).sum())

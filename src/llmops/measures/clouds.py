"""Two windows of embeddings: whether they differ anywhere, in which direction, and which examples show it most.

Maximum mean discrepancy (Gretton et al. 2012, JMLR 13:723) with random Fourier features (Rahimi & Recht 2007): the kernel
exp(-|x - y|²/2σ²) becomes a product of 512 numbers a row, so that the cost grows with the rows and not with their square. σ is
the median distance in the pooled sample: one taken from the reference alone would make permutations unlike each other. All
permutations are one matrix product.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy import float32, float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]
    Rows = Sequence[Sequence[float]] | Floats | NDArray[float32]

FEATURES = 512
PERMUTATIONS = 300
MOST_ROWS = 4000  # of both windows together, for the energy distance
_ROUNDING = 1e-10
_SOME = 500  # rows from which the bandwidth is found


@dataclass(frozen=True, slots=True)
class Permuted:
    """A distance with the share of permutations that reach it.

    Attributes:
        p: (1 + #{T_b >= T}) / (B + 1), exact for one look.
        e: (B + 1) g(T) / Σ g(T_b) over all, T itself among them, with g(T) = T⁴. Its mean is 1 where nothing has changed: a
            product of e-values over windows that share no rows, nor rows of the reference, reaches 1/alpha at most alpha of
            the time, whenever one looks.
    """

    test: str
    statistic: float
    p: float
    e: float


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the mean has moved: `length` without what chance adds (0 if that is all), its unit `direction`, and the cosine
    of both means."""

    length: float
    direction: tuple[float, ...]
    cosine: float


@dataclass(frozen=True, slots=True)
class Witness:
    """f(x) = mean k(x, then) - mean k(x, now) of each row: the lowest are the most typical of what is new."""

    reference: tuple[float, ...]
    current: tuple[float, ...]

    def newest(self, count: int) -> list[int]:
        """The places of the rows of the current window that are most unlike the reference."""
        return sorted(range(len(self.current)), key=lambda place: (self.current[place], place))[:count]

    def lost(self, count: int) -> list[int]:
        """The places of the rows of the reference that the current window resembles least."""
        return sorted(range(len(self.reference)), key=lambda place: (-self.reference[place], place))[:count]


def mean_discrepancy(
    reference: "Rows", current: "Rows", *, permutations: int = PERMUTATIONS, features: int = FEATURES, seed: int = 0
) -> Permuted:
    """Test whether two windows of embeddings come from the same distribution, of any size and dimension."""
    pooled, n = _pooled(reference, current)
    mapped = _features(pooled, features, seed)
    sides = _sides(n, len(pooled), permutations, seed)
    means = sides @ mapped
    return _permuted("MMD", (means * means).sum(axis=1))


def energy_distance(reference: "Rows", current: "Rows", *, permutations: int = PERMUTATIONS, seed: int = 0) -> Permuted:
    """Test the same by 2 E|X-Y| - E|X-X'| - E|Y-Y'| (Székely & Rizzo 2013, doi:10.1016/j.jspi.2013.03.018), up to 4,000 rows.

    It has no bandwidth; its cost grows with the square of the rows.
    """
    import numpy as np

    pooled, n = _pooled(reference, current)
    if len(pooled) > MOST_ROWS:
        raise ValueError(f"the energy distance takes at most {MOST_ROWS} rows, not {len(pooled)}; use mean_discrepancy")
    sides = _sides(n, len(pooled), permutations, seed).astype(float)
    return _permuted("energy", -np.einsum("bi,bi->b", sides @ _distances(pooled.astype(float)), sides))


def centroid_shift(reference: "Rows", current: "Rows") -> Shift:
    """How far and where the mean has moved; what the means of samples vary anyway is subtracted from its square."""
    import numpy as np

    a, b = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    before, after = a.mean(axis=0), b.mean(axis=0)
    moved = after - before
    noise = sum(float(one.var(axis=0, ddof=1).sum()) / len(one) if len(one) > 1 else 0.0 for one in (a, b))
    raw = float(np.linalg.norm(moved))
    size = float(np.linalg.norm(before) * np.linalg.norm(after))
    direction = moved / raw if raw else moved
    return Shift(
        math.sqrt(max(0.0, raw * raw - noise)), tuple(direction.tolist()), float(before @ after) / size if size else 1.0
    )


def find_witnesses(reference: "Rows", current: "Rows", *, features: int = FEATURES, seed: int = 0) -> Witness:
    """Rank the rows of both windows by how much they show what has changed (Gretton et al. 2012, section 2.3)."""
    pooled, n = _pooled(reference, current)
    mapped = _features(pooled, features, seed)
    values = mapped @ (mapped[:n].mean(axis=0) - mapped[n:].mean(axis=0))
    return Witness(tuple(values[:n].tolist()), tuple(values[n:].tolist()))


def _pooled(reference: "Rows", current: "Rows") -> "tuple[NDArray[float32], int]":
    import numpy as np

    a, b = np.asarray(reference, dtype=np.float32), np.asarray(current, dtype=np.float32)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or not len(a) or not len(b):
        raise ValueError(
            f"windows of shapes {a.shape} and {b.shape} cannot be compared; both need rows of the same length"
        )
    return np.concatenate([a, b]), len(a)


def _features(pooled: "NDArray[float32]", features: int, seed: int) -> "NDArray[float32]":
    """cos and sin of random projections: their products are the kernel, up to noise that shrinks with their number."""
    import numpy as np

    rng = np.random.default_rng(seed)
    some = pooled[rng.permutation(len(pooled))[:_SOME]]
    apart = _distances(some.astype(float))[np.triu_indices(len(some), 1)]
    width = float(np.median(apart)) if len(apart) else 1.0
    half = features // 2
    angles = pooled @ (rng.standard_normal((pooled.shape[1], half)) / (width or 1.0)).astype(np.float32)
    mapped = np.empty((len(pooled), 2 * half), dtype=np.float32)
    np.cos(angles, out=mapped[:, :half])
    np.sin(angles, out=mapped[:, half:])
    mapped /= math.sqrt(half)
    return mapped


def _distances(rows: "Floats") -> "Floats":
    import numpy as np

    squares = (rows * rows).sum(axis=1)
    apart: Floats = rows @ rows.T
    apart *= -2
    apart += squares[:, None]
    apart += squares[None, :]
    np.maximum(apart, 0.0, out=apart)
    np.fill_diagonal(apart, 0.0)
    return np.sqrt(apart, out=apart)


def _sides(n: int, total: int, permutations: int, seed: int) -> "NDArray[float32]":
    """1/n for rows of one side and -1/m for those of the other: as they are in the first row, at random in the others."""
    import numpy as np

    rng = np.random.default_rng([seed, 1])
    sides = np.full((permutations + 1, total), -1 / (total - n), dtype=np.float32)
    sides[0, :n] = 1 / n
    for row in sides[1:]:
        row[rng.permutation(total)[:n]] = 1 / n
    return sides


def _permuted(test: str, statistics: "Floats") -> Permuted:
    import numpy as np

    values = np.where(statistics > _ROUNDING, statistics.astype(float), 0.0)
    reached = int((values[1:] >= values[0] * (1 - 1e-6)).sum())
    powers = (values / (values.max() or 1.0)) ** 4
    e = len(values) * float(powers[0]) / float(powers.sum()) if powers.sum() else 1.0
    return Permuted(test, float(values[0]), (1 + reached) / len(values), e)

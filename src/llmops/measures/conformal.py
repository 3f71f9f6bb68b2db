"""Bets that a number no longer comes from where it came from: latency, length, cost, similarity, without a range or a shape.

A value is ranked among all before it, ties broken at random: while values are exchangeable, its p is uniform and independent
of every p before it, whatever their distribution (Vovk, Gammerman & Shafer 2022, doi:10.1007/978-3-031-06649-8). Bets on p are
then fair. The bag in which a value is ranked grows with it. Ranking in a frozen reference is a trap: a sample differs a
little from what it was drawn from, and the bets find the difference.

The bag is counts in at most 256 bins that end at values of the reference, which keeps the state small. It begins with the
reference and is never emptied: a change that came at the same moment as the emptying would be missed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.measures.quantiles import normal_quantiles

if TYPE_CHECKING:
    from numpy import float64, int64, uint16
    from numpy.typing import NDArray

    Floats = NDArray[float64]
    Counts = NDArray[int64]

BINS = 256
SLOPES = (0.125, 0.25, 0.5, 1.0, 1.5)  # θ: bets on a rise and on a fall of z by as much
BETS = 2 * len(SLOPES) + 2
FIRST = 100  # values in the bag before anything is bet


@dataclass(frozen=True, slots=True)
class Bag:
    """How many values lie in each bin: `kept` those of the reference, `grown` those that came after."""

    edges: tuple[float, ...]
    kept: tuple[int, ...]
    grown: tuple[int, ...]
    seed: int = 0

    @property
    def size(self) -> int:
        """How many values it holds."""
        return sum(self.kept) + sum(self.grown)

    def put(self, values: "Floats", index: int) -> "tuple[Bag, Floats]":
        """Put values in, one after the other; return the p of each when it came.

        Args:
            values: any numbers.
            index: how many values of the stream came before; with the seed it decides how ties are broken.
        """
        import numpy as np

        bins = np.searchsorted(np.array(self.edges), values, side="right")
        counts = np.array(self.kept) + np.array(self.grown)
        lower, same = _earlier(bins)
        less = np.concatenate(([0], np.cumsum(counts)))[bins] + lower
        ties = uniforms(self.seed, index, len(bins))
        ps = (less + ties * (counts[bins] + same)) / (self.size + 1 + np.arange(len(bins)))
        grown = np.array(self.grown) + np.bincount(bins, minlength=len(counts))
        return Bag(self.edges, self.kept, tuple(grown.tolist()), self.seed), ps


def bag_of(reference: Sequence[float], *, seed: int = 0) -> Bag:
    """Fill a bag with a reference; the bins end at its quantiles.

    Where it has few different values, each has a bin, and so has what lies between two, below all and above all: a value that was
    never seen is a change, even where the reference is the same value all over.
    """
    import numpy as np

    values = np.sort(np.asarray(reference, dtype=float))
    if not len(values):
        raise ValueError("a bag needs at least one value of a reference")
    distinct = np.unique(values)
    if 2 * len(distinct) >= BINS:
        places = np.arange(1, BINS) * len(values) // BINS
        edges = np.unique(values[places])
    else:
        edges = np.sort(np.concatenate([distinct, np.nextafter(distinct, np.inf)]))
    bins = np.searchsorted(edges, values, side="right")
    kept = np.bincount(bins, minlength=len(edges) + 1)
    return Bag(tuple(edges.tolist()), tuple(kept.tolist()), (0,) * len(kept), seed)


def _earlier(bins: "Counts") -> "tuple[Counts, Counts]":
    """For each value how many before it lie in a lower bin, and how many before it in its own, with itself.

    Bit by bit (a wavelet tree): of two different bins, the lower is the one without the highest bit in which they differ, and
    values that agree in all bits above are counted among themselves.
    """
    import numpy as np

    lower, same = np.zeros(len(bins), dtype=np.int64), np.empty(len(bins), dtype=np.int64)
    for bit in range(int(bins.max()).bit_length()):
        above = (bins >> (bit + 1)).astype(np.uint16)
        order = np.argsort(above, kind="stable")
        is_lower = (bins[order] >> bit) & 1 == 0
        before = np.cumsum(is_lower) - is_lower
        lower[order] += np.where(is_lower, 0, before - before[_begins(above[order])])
    order = np.argsort(bins.astype(np.uint16), kind="stable")
    same[order] = np.arange(1, len(bins) + 1) - _begins(bins[order])
    return lower, same


def _begins(ordered: "NDArray[uint16] | Counts") -> "Counts":
    """For each place where the run of equal values begins in which it lies."""
    import numpy as np

    is_first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    begins: Counts = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
    return begins


def conformal_factors(ps: "Floats") -> "tuple[Floats, Floats]":
    """Return z = Φ⁻¹(p), and the factor of each bet (column) on each p (row).

    exp(θ z - θ²/2) for a shift up or down, and the densities Beta(1/2, 1/2) and Beta(2, 2) for a wider or a narrower spread.
    """
    import numpy as np

    z = normal_quantiles(ps)
    slopes = np.array([*SLOPES, *(-slope for slope in SLOPES)])
    shifts = np.exp(z[:, None] * slopes - slopes**2 / 2)
    spread = ps * (1 - ps)
    wider, narrower = 1 / (math.pi * np.sqrt(spread)), 6 * spread
    factors: Floats = np.column_stack([shifts, wider, narrower])
    return z, factors


def merge_bags(bags: Sequence[Bag]) -> Bag:
    """Add up what came after the same reference.

    Raises:
        ValueError: the bags began with different references.
    """
    first = bags[0]
    if any((bag.edges, bag.kept) != (first.edges, first.kept) for bag in bags):
        raise ValueError("streams that began with different references cannot be merged")
    grown = tuple(sum(column) for column in zip(*(bag.grown for bag in bags), strict=True))
    return Bag(first.edges, first.kept, grown, first.seed)


def uniforms(seed: int, first: int, count: int) -> "Floats":
    """Numbers first, first + 1, … of the sequence of a seed, each strictly between 0 and 1.

    SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195): a number is found from its place alone, so that a
    stream needs to remember only how far it came.
    """
    import numpy as np

    places = np.arange(first + 1, first + count + 1, dtype=np.uint64) + np.uint64((seed * 0xD1342543DE82EF95) % 2**64)
    mixed = places * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = mixed ^ (mixed >> np.uint64(31))
    numbers: Floats = ((mixed >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52
    return numbers

"""Two windows of a table, then and now, column by column: did it change, by how much, and where.

What a report shows of each signal. p is adjusted for the number of columns (Holm); it holds for one look, see `windows`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmops.measures.comparison import holm
from llmops.measures.distances import Distance, jensen_shannon, population_stability, wasserstein
from llmops.measures.windows import Counts, Tested, chi_square, compare_numbers, count_bins, count_categories

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Column = Sequence[float] | Sequence[str] | NDArray[float64]


@dataclass(frozen=True, slots=True)
class ColumnShift:
    """How a column differs between two windows.

    Attributes:
        column: its name.
        tested: the test and its p, before adjustment.
        adjusted_p: p with all columns in mind.
        counts: how often each bin or category occurred, for a picture.
        stability: PSI of these counts.
        divergence: the Jensen-Shannon distance of these counts, from 0 to 1.
        moved: numbers: the Wasserstein distance in the unit of the column; None for categories.
        means: numbers: the mean then and now; None for categories.
    """

    column: str
    tested: Tested
    adjusted_p: float
    counts: Counts
    stability: Distance
    divergence: float
    moved: Distance | None
    means: tuple[float, float] | None


def compare_columns(reference: "Mapping[str, Column]", current: "Mapping[str, Column]") -> list[ColumnShift]:
    """Compare the columns that both windows have, least p first.

    Columns of text are categories, all others numbers. Numbers that are missing (NaN) are left out.

    Raises:
        ValueError: a column has no values in one of the windows.
    """
    found = []
    for name in [name for name in reference if name in current]:
        then, now = reference[name], current[name]
        is_text = any(isinstance(column[0], str) for column in (then, now) if len(column))
        found.append(_categories(name, then, now) if is_text else _numbers(name, then, now))
    adjusted = holm([one.tested.p for one in found])
    found = [replace(one, adjusted_p=p) for one, p in zip(found, adjusted, strict=True)]
    return sorted(found, key=lambda one: (one.tested.p, -one.divergence, one.column))


def _categories(name: str, then: "Column", now: "Column") -> ColumnShift:
    counts = count_categories(list(then), list(now))
    tested = chi_square(counts.reference, counts.current)
    return ColumnShift(name, tested, tested.p, counts, *_apart(counts), None, None)


def _numbers(name: str, then: "Column", now: "Column") -> ColumnShift:
    import numpy as np

    kept = [values[np.isfinite(values)] for values in (np.asarray(column, dtype=float) for column in (then, now))]
    counts = count_bins(*kept)
    tested, moved = compare_numbers(*kept), wasserstein(*kept)
    means = (math.fsum(kept[0]) / len(kept[0]), math.fsum(kept[1]) / len(kept[1]))
    return ColumnShift(name, tested, tested.p, counts, *_apart(counts), moved, means)


def _apart(counts: Counts) -> tuple[Distance, float]:
    return population_stability(counts.reference, counts.current), jensen_shannon(counts.reference, counts.current)

"""Can a classifier tell then from now? If it can, something has changed, and its weights say what.

Logistic regression on standardised columns, fitted on one half of both windows and tried on the other: the area under
the curve (AUC) of rows it has not seen is 0.5 where nothing has changed, whatever it has learnt.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.measures.quantiles import normal_below, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy import float32, float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]
    Rows = Sequence[Sequence[float]] | Floats | NDArray[float32]

FEWEST = 20  # rows of each window
_ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Separation:
    """How well then and now can be told apart: the AUC with its interval, p against 0.5 (one-sided), and a weight a column,
    in standard deviations, above 0 where larger values speak for now."""

    auc: float
    low: float
    high: float
    p: float
    weights: tuple[float, ...]


def separate(
    reference: "Rows", current: "Rows", *, penalty: float = 1.0, seed: int = 0, level: float = 0.95
) -> Separation:
    """Fit on a random half of both windows and try on the other.

    Raises:
        ValueError: a window has fewer than 20 rows, or rows of another length.
    """
    import numpy as np

    a, b = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < FEWEST:
        raise ValueError(
            f"windows of shapes {a.shape} and {b.shape} cannot be told apart; both need {FEWEST} rows of one length"
        )
    rng = np.random.default_rng(seed)
    halves = []
    for rows in (a, b):
        order = rng.permutation(len(rows))
        halves.append((rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]))
    fitted = np.concatenate([halves[0][0], halves[1][0]])
    middle, spread = fitted.mean(axis=0), fitted.std(axis=0)
    spread[spread == 0] = 1.0
    labels = np.repeat([0.0, 1.0], [len(halves[0][0]), len(halves[1][0])])
    weights = fit_logistic((fitted - middle) / spread, labels, penalty=penalty)
    then, now = (((rows[1] - middle) / spread) @ weights for rows in halves)
    auc, se = area_under_curve(then, now)
    half = normal_quantile(0.5 + level / 2) * se
    p = normal_below(-(auc - 0.5) / (math.sqrt((1 / len(then) + 1 / len(now)) / 12)))
    return Separation(auc, max(0.0, auc - half), min(1.0, auc + half), p, tuple(weights.tolist()))


def area_under_curve(low: "Sequence[float] | Floats", high: "Sequence[float] | Floats") -> tuple[float, float]:
    """The share of pairs in which `high` is above `low`, ties half, and its standard error.

    DeLong, DeLong & Clarke-Pearson (1988, doi:10.2307/2531595).
    """
    import numpy as np

    a, b = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    shares = []
    for one, other in ((a, b), (b, a)):
        ordered = np.sort(other)
        above = len(other) - np.searchsorted(ordered, one, side="right")
        equal = len(other) - np.searchsorted(ordered, one, side="left") - above
        shares.append((above + equal / 2) / len(other))
    of_low, of_high = shares[0], 1 - shares[1]
    variance = sum(float(part.var(ddof=1)) / len(part) if len(part) > 1 else 0.25 for part in (of_low, of_high))
    return float(of_low.mean()), math.sqrt(variance)


def fit_logistic(rows: "Floats", labels: "Floats", *, penalty: float = 1.0) -> "Floats":
    """The weights of a logistic regression with an unpenalised constant, which is left out; Newton's method, halving steps.

    It minimises Σ log(1 + exp(-y (w x + c))) + penalty |w|²/2 over labels 0 and 1 (read as -1 and 1).
    """
    import numpy as np

    width = rows.shape[1]
    full = np.column_stack([rows, np.ones(len(rows))])
    ridge = np.full(width + 1, penalty)
    ridge[-1] = 1e-9
    weights = np.zeros(width + 1)

    def loss(tried: "Floats") -> float:
        scores = full @ tried
        return float(np.logaddexp(0, scores).sum() - labels @ scores + (ridge * tried * tried).sum() / 2)

    current = loss(weights)
    for _ in range(_ROUNDS):
        chances = 1 / (1 + np.exp(-np.clip(full @ weights, -500, 500)))
        slope = full.T @ (chances - labels) + ridge * weights
        bend = (full * (chances * (1 - chances))[:, None]).T @ full
        bend[np.diag_indices_from(bend)] += ridge
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while size > 1e-6 and loss(weights - size * step) > current:
            size /= 2
        weights = weights - size * step
        before, current = current, loss(weights)
        if before - current <= 1e-10 * (1 + abs(current)):
            break
    return weights[:-1]

"""A mean with its interval that grows by one value at a time, for those who look on while a run goes on."""

import math
from collections.abc import Hashable

from llmops.measures.intervals import Range, interval_around


class RunningMean:
    """The mean of values in clusters, and its clustered standard error, each value in constant time.

    With S_c and n_c the sum and the number of a cluster's values, the squares of `estimate_mean` are
    Σ (S_c - m n_c)² = Σ S_c² - 2 m Σ S_c n_c + m² Σ n_c², and each of the three sums changes by the cluster of the new value
    alone. Values are taken about the first one, so that little is lost by cancelling.
    """

    def __init__(self, bounds: Range | None = None) -> None:
        self.count = 0
        self._bounds = bounds
        self._origin = 0.0
        self._total = self._squares = self._products = 0.0
        self._sizes = 0
        self._clusters: dict[Hashable, tuple[float, int]] = {}

    def add(self, value: float, cluster: Hashable) -> None:
        """Take one value."""
        if not self.count:
            self._origin = value
        shifted = value - self._origin
        total, size = self._clusters.get(cluster, (0.0, 0))
        self._clusters[cluster] = (total + shifted, size + 1)
        self._squares += shifted * (2 * total + shifted)
        self._products += total + shifted * (size + 1)
        self._sizes += 2 * size + 1
        self._total += shifted
        self.count += 1

    @property
    def mean(self) -> float | None:
        """The mean; None of nothing."""
        return self._origin + self._total / self.count if self.count else None

    @property
    def interval(self) -> Range | None:
        """The 95 % interval; None of fewer than two clusters."""
        clusters = len(self._clusters)
        if clusters < 2:
            return None
        mean = self._total / self.count
        squares = max(0.0, self._squares - 2 * mean * self._products + mean * mean * self._sizes)
        if squares < 1e-12 * (self._squares + mean * mean * self._sizes):
            squares = 0.0
        se = math.sqrt(clusters / (clusters - 1) * squares) / self.count
        low, high, _ = interval_around(self._origin + mean, se, clusters, self._bounds)
        return low, high

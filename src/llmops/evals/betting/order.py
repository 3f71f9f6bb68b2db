"""The order in which a run that stops early asks: whole clusters, drawn from a seed before anything is asked.

An order that answers could influence, such as that of completion, would let quick answers decide. A cluster enters as one
unit, since its cases rise and fall together.
"""

from collections.abc import Sequence

from llmops.core.hashing import digest
from llmops.domain.evaluation import Case
from llmops.measures.sequential import shuffled


class Order:
    """The units of a dataset in the order drawn from a seed; a unit is the rows of a cluster's cases."""

    def __init__(self, cases: Sequence[Case], seed: int) -> None:
        rows: dict[str, list[int]] = {}
        self.place: dict[str, int] = {}
        clusters = []
        for row, case in enumerate(cases):
            rows.setdefault(case.cluster, []).append(row)
            clusters.append((case.id, case.cluster))
        drawn = shuffled(list(rows), seed)
        self.units = [tuple(rows[cluster]) for cluster in drawn]
        at = {cluster: index for index, cluster in enumerate(drawn)}
        self.place = {name: at[cluster] for name, cluster in clusters}
        """The index of each case's unit, by case id."""

    @property
    def largest(self) -> int:
        """How many cases the largest cluster has."""
        return max(map(len, self.units))


def seed_of(dataset: str) -> int:
    """The seed of a dataset, drawn from its digest: all runs on it ask in one order, so that they find each other's answers."""
    return int(digest("order", dataset).removeprefix("sha256:")[:8], 16)

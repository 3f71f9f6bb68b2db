"""Pairs a run's cases with those of a baseline run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from llmops.evals.columns import Series
from llmops.evals.observations import Observations


class Scored(Protocol):
    """Where the scores of a run are read from: its results as they came, or the store."""

    def scores(self, label: str) -> Series:
        """A scorer's mean for each case."""
        ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """A finished run to compare with. `name` is the ref or alias as it was asked for; `identities` are the scorer
    identities by label, from its report."""

    name: str
    run_id: str
    observed: Observations
    identities: Mapping[str, str]


class Rival(Protocol):
    """What a comparison needs of a baseline."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    @property
    def run_id(self) -> str:
        """Its run."""
        ...

    @property
    def observed(self) -> Scored:
        """Its scores."""
        ...

    @property
    def identities(self) -> Mapping[str, str]:
        """The identities of its scorers by label."""
        ...


@dataclass(frozen=True, slots=True)
class Pairs:
    """The values of both runs on the cases that both have, in order of case id, and how many candidate cases found none."""

    ids: tuple[str, ...]
    candidate: tuple[float, ...]
    baseline: tuple[float, ...]
    clusters: tuple[str, ...]
    unpaired: int

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def unpaired_share(self) -> float:
        """Candidate cases without a partner as a share of all its cases."""
        total = len(self.ids) + self.unpaired
        return self.unpaired / total if total else 0.0


def pair(candidate: Series, baseline: Series) -> Pairs:
    """Pair two series by case id; clusters are the candidate's."""
    if candidate.ids == baseline.ids:
        return Pairs(candidate.ids, candidate.values, baseline.values, candidate.clusters, unpaired=0)
    partner = dict(zip(baseline.ids, baseline.values, strict=True))
    rows = [i for i, name in enumerate(candidate.ids) if name in partner]
    return Pairs(
        ids=tuple(candidate.ids[i] for i in rows),
        candidate=tuple(candidate.values[i] for i in rows),
        baseline=tuple(partner[candidate.ids[i]] for i in rows),
        clusters=tuple(candidate.clusters[i] for i in rows),
        unpaired=len(candidate) - len(rows),
    )

"""How many cases it takes: for an interval of a chosen width, and to show that a candidate is not worse by a chosen margin."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from llmops.domain.report import ScoreSummary
from llmops.evals.observations import Observations
from llmops.evals.pairs import pair
from llmops.evals.reports.repeats import REPEATS, design_effect, find_components
from llmops.measures.intervals import estimate_mean
from llmops.measures.variance import cases_for_half_width, cases_for_margin, paired_case_variance


class Need(NamedTuple):
    """Cases that it takes when each is asked `repeats` times. `interval` gives a 95 % interval of the mean of plus and minus
    the margin; `comparison` shows with 80 % power that two equal versions differ by less, None without a baseline."""

    label: str
    repeats: int
    interval: int
    comparison: int | None


def find_needs(
    observed: Observations, scores: Sequence[ScoreSummary], margin: float, *, baseline: Observations | None = None
) -> list[Need]:
    """What each scorer takes, for several numbers of repeats where the run has repeats to tell from.

    Args:
        observed: the run.
        scores: its scorers.
        margin: above 0, in the units of the scores.
        baseline: the run that it was compared with.
    """
    return [need for score in scores for need in _needs(observed, score, margin, baseline)]


def _needs(observed: Observations, score: ScoreSummary, margin: float, baseline: Observations | None) -> list[Need]:
    found = find_components(observed, score.label)
    if found is None:
        return []
    series = observed.scores(score.label)
    effect = design_effect(found, estimate_mean(series.values, series.clusters, bounds=score.range))
    other = find_components(baseline, score.label) if baseline is not None else None
    differences: list[float] = []
    if baseline is not None and other is not None:
        pairs = pair(series, baseline.scores(score.label))
        differences = [new - old for new, old in zip(pairs.candidate, pairs.baseline, strict=True)]
    needs = []
    for repeats in (1,) if found.generation is None else REPEATS:
        comparison = None
        if other is not None and len(differences) > 1:
            paired = paired_case_variance(differences, found, other)
            comparison = math.ceil(effect * cases_for_margin(found, other, paired, margin, repeats=repeats))
        interval = math.ceil(effect * cases_for_half_width(found, margin, repeats=repeats))
        needs.append(Need(score.label, repeats, interval, comparison))
    return needs

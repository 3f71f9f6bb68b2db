"""Compares two runs case by case, scorer by scorer.

Better: inferiority with margin 0 is rejected; worse: the mirror image; equivalent: neither is worse than the other by 2 %
of the range. Holm's procedure over the scorers keeps the risk of one false conclusion at 5 % for each direction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from llmops.domain.report import Comparison, Conclusion, Difference, Interval, ScoreSummary
from llmops.evals.gates.rulings import ALPHA, FEW_CLUSTERS, POWER_RISK
from llmops.evals.gates.scores import DEFAULT_MARGIN
from llmops.evals.loading import LoadedScorer
from llmops.evals.pairs import Pairs, Rival, Scored, pair
from llmops.measures.comparison import PairedDifference, compare_paired, holm, rule_not_worse
from llmops.measures.intervals import required_cases
from llmops.presentation.figures import count


@dataclass(frozen=True, slots=True)
class Change:
    """A case whose score changed. `gain` is above 0 when it got better, in units of the scorer's range (or its own)."""

    case_id: str
    label: str
    before: float
    after: float
    gain: float


@dataclass(frozen=True, slots=True)
class _Contest:
    """One scorer on paired cases."""

    loaded: LoadedScorer
    pairs: Pairs
    clusters: Sequence[str] | None
    difference: PairedDifference


def compare_runs(candidate: Scored, baseline: Rival, scorers: Sequence[LoadedScorer]) -> Comparison:
    """Compare a run with a baseline run on the cases that both have a score for."""
    return compare_family([(candidate, baseline)], scorers)[0]


def compare_family(runs: Sequence[tuple[Scored, Rival]], scorers: Sequence[LoadedScorer]) -> list[Comparison]:
    """Compare several runs, each with its baseline; the correction is over all scorers of all of them together."""
    met = [_meet(candidate, baseline, scorers) for candidate, baseline in runs]
    contests = [contest for found, _ in met for contest in found]
    adjusted = iter(holm([contest.difference.p for contest in contests]))
    conclusions = iter(_conclude(contests))
    return [
        Comparison(
            baseline=baseline.name,
            baseline_run=baseline.run_id,
            differences=tuple(_difference(contest, next(adjusted), next(conclusions)) for contest in found),
            notes=tuple(notes),
        )
        for (_, baseline), (found, notes) in zip(runs, met, strict=True)
    ]


def _meet(candidate: Scored, baseline: Rival, scorers: Sequence[LoadedScorer]) -> tuple[list[_Contest], list[str]]:
    """The scorers on paired cases, and why some are not compared."""
    notes: list[str] = []
    contests: list[_Contest] = []
    for loaded in scorers:
        if loaded.label not in baseline.identities:
            notes.append(f"{loaded.label}: not compared, {baseline.name} was not scored with it")
        elif baseline.identities[loaded.label] != loaded.identity:
            notes.append(f"{loaded.label}: not compared, {baseline.name} was scored with another definition of it")
        else:
            series = candidate.scores(loaded.label)
            pairs = pair(series, baseline.observed.scores(loaded.label))
            if len(pairs) < len(series):
                notes.append(f"{loaded.label}: {count(pairs.unpaired, 'case')} left out, {baseline.name} has no score")
            if len(pairs):
                clusters = pairs.clusters if len(set(pairs.clusters)) < len(pairs) else None
                paired = compare_paired(pairs.candidate, pairs.baseline, clusters, bounds=loaded.scorer.range)
                contests.append(_Contest(loaded, pairs, clusters, paired))
    return contests, notes


def find_changes(candidate: Scored, baseline: Scored, scores: Sequence[ScoreSummary]) -> list[Change]:
    """The scores that changed, by case and scorer, the worst losses first."""
    changes = []
    for score in scores:
        width = score.range[1] - score.range[0] if score.range else 1.0
        scale = (1.0 if score.direction == "higher" else -1.0) / width
        pairs = pair(candidate.scores(score.label), baseline.scores(score.label))
        for name, after, before in zip(pairs.ids, pairs.candidate, pairs.baseline, strict=True):
            if after != before:
                changes.append(Change(name, score.label, before, after, (after - before) * scale))
    return sorted(changes, key=lambda change: (change.gain, change.case_id, change.label))


def _conclude(contests: Sequence[_Contest]) -> list[Conclusion]:
    """Holm's procedure: with k contests open each is ruled at alpha / k, until none of them can be told."""
    conclusions: dict[int, Conclusion] = {}
    still_open = list(range(len(contests)))
    while still_open:
        level = ALPHA / len(still_open)
        told = {i: found for i in still_open if (found := _better_or_worse(contests[i], level))}
        if not told:
            break
        conclusions |= told
        still_open = [i for i in still_open if i not in told]
    level = ALPHA / max(1, len(contests))
    return [
        conclusions.get(i) or ("equivalent" if _equivalent(contest, level) else "not yet known")
        for i, contest in enumerate(contests)
    ]


def _better_or_worse(contest: _Contest, alpha: float) -> Conclusion | None:
    higher = contest.loaded.scorer.direction == "higher"
    if _not_worse(contest, True, 0.0, alpha):
        return "better" if higher else "worse"
    if _not_worse(contest, False, 0.0, alpha):
        return "worse" if higher else "better"
    return None


def _equivalent(contest: _Contest, alpha: float) -> bool:
    span = contest.loaded.scorer.range
    if span is None:
        return False
    margin = DEFAULT_MARGIN * (span[1] - span[0])
    return _not_worse(contest, True, margin, alpha) and _not_worse(contest, False, margin, alpha)


def _not_worse(contest: _Contest, candidate_higher: bool, margin: float, alpha: float) -> bool:
    """Whether one side's values are shown to be higher than the other's minus the margin."""
    pairs, span = contest.pairs, contest.loaded.scorer.range
    first, second = (pairs.candidate, pairs.baseline) if candidate_higher else (pairs.baseline, pairs.candidate)
    if span is not None:
        return (
            rule_not_worse(first, second, contest.clusters, margin=margin, alpha=alpha, bounds=span).outcome == "pass"
        )
    # Without a range nothing can be bet; the permutation test of symmetric differences stands in.
    found = contest.difference
    right_side = found.mean > 0 if candidate_higher else found.mean < 0
    return right_side and found.clusters >= FEW_CLUSTERS and found.p <= 2 * alpha


def _difference(contest: _Contest, p: float, conclusion: Conclusion) -> Difference:
    found, scorer = contest.difference, contest.loaded.scorer
    interval = None
    if found.low is not None and found.high is not None:
        interval = Interval(low=found.low, high=found.high, method=found.method)
    wins, losses = (found.wins, found.losses) if scorer.direction == "higher" else (found.losses, found.wins)
    return Difference(
        label=contest.loaded.label,
        n=found.n,
        mean=found.mean,
        interval=interval,
        p=p,
        wins=wins,
        losses=losses,
        ties=found.ties,
        conclusion=conclusion,
        required_n=_required(contest) if conclusion == "not yet known" else None,
    )


def _required(contest: _Contest) -> int | None:
    """How many cases would tell a difference of 2 % of the range from none (80 % power, one-sided 5 %)."""
    found, span = contest.difference, contest.loaded.scorer.range
    if not found.se or span is None:
        return None
    margin = DEFAULT_MARGIN * (span[1] - span[0])
    return required_cases(found.se * found.n**0.5, margin, alpha=ALPHA, beta=POWER_RISK, one_sided=True)

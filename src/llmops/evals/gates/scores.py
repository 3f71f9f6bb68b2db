"""Gates on a scorer: its mean against a bound, or against a baseline case by case.

A missing score enters as the worst value, so that failing to answer is never a way to pass. Where the bound is the end of
the range (`min: 1.0`), no number of cases could show it, so the run itself decides: every case must be there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llmops.domain.report import Decision
from llmops.domain.suite import GateSpec
from llmops.evals.columns import Series
from llmops.evals.gates.rulings import ALPHA, Finding, decide_by, rule_mean_at_most, state
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline, Pairs, pair
from llmops.measures.comparison import Ruling, rule_at_least, rule_not_worse
from llmops.presentation.figures import count, percent

DEFAULT_MARGIN = 0.02  # of the range, where a gate names none


@dataclass(frozen=True, slots=True)
class Terms:
    """What all gates of a suite share: the share of missing scores tolerated, and the risk of failing wrongly."""

    max_missing: float
    beta: float


def decide_bound(gate: str, spec: GateSpec, loaded: LoadedScorer, observed: Observations, terms: Terms) -> Decision:
    """Decide a gate with `min` or `max`."""
    refusal = too_little(gate, loaded, observed, terms)
    if refusal:
        return refusal
    scorer, limit = loaded.scorer, spec.min if spec.min is not None else spec.max
    assert limit is not None
    sign = 1.0 if spec.min is not None else -1.0  # of what the gate asks for: high or low
    series = observed.scores(loaded.label, missing_as=worst_value(loaded, observed, sign))
    words = "at least" if sign > 0 else "at most"
    mean = math.fsum(series.values) / len(series)
    found = Finding(gate, f"a mean of {words} {limit:g}", mean, len(series), scorer.unit)
    if scorer.range is None:
        return decide_by(_rule_unbounded(series, sign, limit, terms.beta), found)
    if limit == scorer.range[1 if sign > 0 else 0]:
        return _every_case(found, loaded, observed, limit)
    values, minimum = _mirrored(series.values, scorer.range, sign), _mirrored([limit], scorer.range, sign)[0]
    ruling = rule_at_least(values, series.clusters, minimum=minimum, alpha=ALPHA, beta=terms.beta, bounds=scorer.range)
    bound = None if ruling.bound is None else _mirrored([ruling.bound], scorer.range, sign)[0]
    return decide_by(Ruling(ruling.outcome, ruling.method, bound, ruling.required_n), found)


def decide_relative(
    gate: str,
    spec: GateSpec,
    loaded: LoadedScorer,
    observed: Observations,
    *,
    baseline: Baseline | None,
    terms: Terms,
) -> Decision:
    """Decide a gate with `no_worse_than`. Without a baseline it passes, and says that nothing was compared."""
    if baseline is None:
        return state(gate, "pass", f"no baseline: nothing holds {spec.no_worse_than!r} yet; recorded, not blocking")
    if baseline.identities.get(loaded.label) != loaded.identity:
        return state(gate, "unknown", f"{baseline.name} was scored with another {loaded.label}; evaluate it again")
    refusal = too_little(gate, loaded, observed, terms)
    if refusal:
        return refusal
    scorer = loaded.scorer
    sign = 1.0 if scorer.direction == "higher" else -1.0
    candidate = observed.scores(loaded.label, missing_as=worst_value(loaded, observed, sign))
    pairs = pair(candidate, baseline.observed.scores(loaded.label))
    if not len(pairs) or pairs.unpaired_share > terms.max_missing:
        total = len(candidate)
        reason = f"{baseline.name} has no score for {pairs.unpaired:,} of {count(total, 'case')}; evaluate it again"
        return state(gate, "unknown", reason)
    mean = math.fsum(pairs.candidate) / len(pairs) - math.fsum(pairs.baseline) / len(pairs)
    margin = spec.margin if spec.margin is not None else DEFAULT_MARGIN * _width(scorer.range)
    if scorer.range is None and spec.margin is None:
        return state(gate, "unknown", f"{loaded.label} has no range; give the gate a margin", mean)
    claim = f"no worse than {baseline.name} by {margin:g}"
    ruling = _rule_relative(pairs, scorer.range, sign, margin, terms.beta)
    return decide_by(ruling, Finding(gate, claim, mean, len(pairs), scorer.unit, is_difference=True))


def _rule_relative(pairs: Pairs, span: tuple[float, float] | None, sign: float, margin: float, beta: float) -> Ruling:
    """Rule on pairs of values of which higher is better (sign 1) or lower (sign -1)."""
    if span is None:
        losses = [sign * (b - c) for c, b in zip(pairs.candidate, pairs.baseline, strict=True)]
        ruling = rule_mean_at_most(losses, pairs.clusters, maximum=margin, beta=beta)
        bound = None if ruling.bound is None else -sign * ruling.bound
    else:
        ruling = rule_not_worse(
            _mirrored(pairs.candidate, span, sign),
            _mirrored(pairs.baseline, span, sign),
            pairs.clusters,
            margin=margin,
            alpha=ALPHA,
            beta=beta,
            bounds=span,
        )
        bound = None if ruling.bound is None else sign * ruling.bound
    return Ruling(ruling.outcome, ruling.method, bound, ruling.required_n)


def _width(span: tuple[float, float] | None) -> float:
    return span[1] - span[0] if span else 0.0


def too_little(gate: str, loaded: LoadedScorer, observed: Observations, terms: Terms) -> Decision | None:
    """A decision that is unknown, where there is no score or too many are missing; else None."""
    column = observed.column(loaded.label)
    if not column.values:
        why = f": {column.main_reason}" if column.main_reason else ""
        return state(gate, "unknown", f"no case has a score of {loaded.label}{why}")
    if column.missing_share > terms.max_missing:
        reason = (
            f"{percent(column.missing_share)} of scores are missing, more than {percent(terms.max_missing)}: "
            f"{column.main_reason}"
        )
        return state(gate, "unknown", reason)
    return None


def worst_value(loaded: LoadedScorer, observed: Observations, sign: float) -> float:
    """What a missing score counts as: the worse end of the range, else the worst value seen."""
    span = loaded.scorer.range
    if span is not None:
        return span[0] if sign > 0 else span[1]
    seen = observed.column(loaded.label).values
    return min(seen) if sign > 0 else max(seen)


def _mirrored(values: Sequence[float], span: tuple[float, float], sign: float) -> list[float]:
    """Values on the same range with higher for better."""
    return list(values) if sign > 0 else [span[0] + span[1] - value for value in values]


def _rule_unbounded(series: Series, sign: float, limit: float, beta: float) -> Ruling:
    ruling = rule_mean_at_most(
        [-sign * value for value in series.values], series.clusters, maximum=-sign * limit, beta=beta
    )
    bound = None if ruling.bound is None else -sign * ruling.bound
    return Ruling(ruling.outcome, ruling.method, bound, ruling.required_n)


def _every_case(found: Finding, loaded: LoadedScorer, observed: Observations, limit: float) -> Decision:
    """Decide on the run itself whether every case is at the end of the range."""
    column = observed.column(loaded.label)
    short = sum(value != limit for value in column.values)
    if short:
        reason = f"{short:,} of {count(len(column.values), 'score')} fall short of {limit:g}; every one must reach it"
        return state(found.gate, "fail", reason, found.value)
    if column.missing:
        reason = f"{count(column.missing, 'score')} missing ({column.main_reason}); every one must reach {limit:g}"
        return state(found.gate, "unknown", reason, found.value)
    reason = f"all {count(len(column.values), 'score')} reach {limit:g}, the end of the range"
    return state(found.gate, "pass", reason, found.value)

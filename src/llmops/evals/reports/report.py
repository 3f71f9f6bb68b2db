"""Builds the report of a run from its numbers: means with intervals, segments, time, cost, and notes in words."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from llmops.domain.report import Comparison, ContentsSeen, Decision, Fingerprint, JudgeSummary, Report, ScoreSummary
from llmops.domain.spending import NOTHING, Spending
from llmops.evals.columns import ScoreColumn
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.evals.reports.counterfactuals import compare_groups, tell_groups
from llmops.evals.reports.repeats import summarise_repeats
from llmops.evals.reports.segments import SMALLEST_SEGMENT, as_interval, count_small, summarise_segments
from llmops.measures.intervals import Estimate, detectable_difference, estimate_mean, percentile
from llmops.presentation.figures import number, percent

FEW_CLUSTERS = 10

NO_LANGUAGE_MODELS: Mapping[str, str] = {
    "offline/extractive": "offline/extractive is no language model: it answers with the sentences of the context that are "
    "nearest to the question, or says that it does not know.",
    "offline/support": "offline/support is no language model but a baseline judge: it compares sentences by their words and "
    "embeddings, and sees likeness, not truth.",
    "offline/echo": "offline/echo is no language model: it returns its input.",
    "offline/hash": "offline/hash is no language model: its vectors are hashed counts of words.",
}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a report says about its run besides numbers. `unfinished` says why a run ended early, such as "The run was
    interrupted"; `notes` are what is to be said of its target and of how it was run; `spent` is what all its parts took."""

    run_id: str
    suite: str
    target: str
    started_at: datetime
    seconds: float
    refs: Mapping[str, str] = field(default_factory=dict)
    unfinished: str = ""
    notes: Sequence[str] = ()
    spent: Spending = NOTHING
    judge: JudgeSummary | None = None


def build_report(
    facts: RunFacts,
    observed: Observations,
    scorers: Sequence[LoadedScorer],
    *,
    decisions: Sequence[Decision] = (),
    comparison: Comparison | None = None,
) -> Report:
    """Build a report. Its numbers do not depend on the order in which results came in."""
    scores = tuple(summarise(observed, loaded) for loaded in scorers)
    return Report(
        run_id=facts.run_id,
        suite=facts.suite,
        target=facts.target,
        started_at=facts.started_at,
        seconds=facts.seconds,
        refs=dict(facts.refs),
        cases=observed.cases,
        clusters=observed.clusters,
        repeats=observed.repeats,
        errors=observed.errors,
        cached=observed.cached,
        fallbacks=observed.fallbacks,
        oldest_reply=observed.oldest_reply,
        fingerprints=tuple(
            Fingerprint(model=model, mark=mark, seen_at=at)
            for (model, mark), at in sorted(observed.fingerprints.items())
        ),
        contents=tuple(
            ContentsSeen(generation=generation, first=first, last=last)
            for generation, (first, last) in sorted(observed.contents.items())
        ),
        cost=observed.cost,
        tokens=observed.tokens,
        latency={f"p{q}": percentile(observed.latencies, q) for q in (50, 95, 99)} if observed.latencies else {},
        scores=scores,
        decisions=tuple(decisions),
        comparison=comparison,
        judge=_judged(facts.judge, observed),
        notes=(*facts.notes, *_notes(facts, observed, scores)),
        complete=not facts.unfinished,
        spent=facts.spent,
    )


def summarise(observed: Observations, loaded: LoadedScorer) -> ScoreSummary:
    """One scorer over a run: repeats averaged for each case, missing scores left out and bounded."""
    column = observed.column(loaded.label)
    series = observed.scores(loaded.label)
    span = loaded.scorer.range
    estimate = estimate_mean(series.values, series.clusters, bounds=span) if len(series) else None
    return ScoreSummary(
        label=loaded.label,
        identity=loaded.identity,
        direction=loaded.scorer.direction,
        range=span,
        unit=loaded.scorer.unit,
        n=len(series),
        clusters=len(set(series.clusters)),
        missing=column.missing,
        not_applicable=column.not_applicable,
        mean=estimate.mean if estimate else None,
        interval=as_interval(estimate, loaded.scorer.unit),
        bounds=_bounds(observed, loaded, column),
        detectable=_detectable(estimate),
        pass_rate=column.passed / column.judged if column.judged else None,
        repeats=summarise_repeats(observed, loaded, estimate),
        details={name: math.fsum(values) / len(values) for name, values in sorted(column.details.items())},
        groups=compare_groups(observed, loaded),
        segments=tuple(summarise_segments(observed, series, loaded.scorer)),
    )


def _judged(judge: JudgeSummary | None, observed: Observations) -> JudgeSummary | None:
    """Who judged, with what it took."""
    if judge is None:
        return None
    took = observed.judging
    counts = {"calls": took.calls, "cached": took.cached, "tokens": took.tokens, "unpriced": took.unpriced}
    return judge.model_copy(update={**counts, "cost": took.cost})


def _bounds(observed: Observations, loaded: LoadedScorer, column: ScoreColumn) -> tuple[float, float] | None:
    """The mean if all missing scores were the lowest and if all were the highest value of the range."""
    span = loaded.scorer.range
    if span is None or not column.missing:
        return None
    low, high = (observed.scores(loaded.label, missing_as=end).values for end in span)
    return math.fsum(low) / len(low), math.fsum(high) / len(high)


def _detectable(estimate: Estimate | None) -> float | None:
    if estimate is None or not estimate.se:
        return None
    return detectable_difference(estimate.se * math.sqrt(estimate.n), estimate.n)


def _notes(facts: RunFacts, observed: Observations, scores: Sequence[ScoreSummary]) -> Iterator[str]:
    if facts.unfinished:
        yield f"{facts.unfinished}: this report covers what was finished, and decides no gate."
    named = {*observed.models, *facts.refs.values(), facts.target, *(facts.judge.models if facts.judge else ())}
    yield from (text for name, text in NO_LANGUAGE_MODELS.items() if any(name in said for said in named))
    for generation, (first, last) in sorted(observed.contents.items()):
        when = (
            f"sequence {first}" if first == last else f"sequences {first} to {last}, since the index changed meanwhile"
        )
        yield f"Contexts came from {f'generation {generation} of the index at {when}' if last else generation}."
    if 0 < observed.clusters < FEW_CLUSTERS:
        yield f"Fewer than {FEW_CLUSTERS} clusters ({observed.clusters}): the intervals are wide and rough."
    if observed.errors:
        reason = min(observed.error_reasons, key=lambda text: (-observed.error_reasons[text], text))
        yield f"{_share(observed.errors, observed.results)} answers failed, most often with: {reason}"
    for score in scores:
        yield from _score_notes(score.label, observed)
        if score.details:
            yield f"{score.label}: mean {', '.join(f'{name} {number(value)}' for name, value in score.details.items())}."
        yield from tell_groups(score)
    if observed.cached:
        yield (
            f"{_share(observed.cached, observed.results)} answers came from the reply cache; "
            f"their time and cost are those of the original call{_oldest(observed)}."
        )
    if observed.fallbacks:
        answered = observed.results - observed.errors
        yield (
            f"{_share(observed.fallbacks, answered)} answers came from a fallback model: this report says little about the "
            "target's own, and is no evidence for a promotion."
        )
    if observed.cost is not None and observed.unpriced:
        yield f"No price is known for {_share(observed.unpriced, observed.results)} answers; the cost leaves them out."
    small = count_small(observed)
    if small:
        yield f"Segments with fewer than {SMALLEST_SEGMENT} cases are not shown ({small} of them)."


def _oldest(observed: Observations) -> str:
    oldest = observed.oldest_reply
    return f", the oldest of {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""


def _score_notes(label: str, observed: Observations) -> Iterator[str]:
    column = observed.column(label)
    if column.missing and not (column.missing == observed.errors and column.main_reason.startswith("no answer: ")):
        applicable = len(column.values) + column.missing
        yield f"{label}: {_share(column.missing, applicable)} scores are missing, most often because: {column.main_reason}"
    if column.not_applicable:
        yield f"{label} does not apply to {_share(column.not_applicable, observed.results)} answers."


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({percent(part / whole)})"

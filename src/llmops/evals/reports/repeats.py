"""What repeats say about each scorer: components of variance, pass@k and pass^k, and the cases that waver."""

import math
from collections.abc import Iterator, Sequence

from llmops.domain.repeats import FlakyCase, Part, PassAt, RepeatSummary, RequiredCases, Variance
from llmops.domain.report import Report, ScoreSummary
from llmops.evals.columns import Answers
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.measures.intervals import Estimate
from llmops.measures.variance import Components, cases_for_half_width, estimate_components, pass_at_k, pass_every_k
from llmops.presentation.figures import count, number, percent

HALF_WIDTHS = (0.05, 0.02)  # of the range
REPEATS = (1, 3, 5, 10)
KS = (1, 2, 3, 5, 10)
LISTED = 10
WAVERS = (
    0.25  # of the range, or of the spread of all scores: how far answers without pass or fail differ to be called flaky
)
ADVICE: dict[Part, str] = {
    "cases": "add cases",
    "answers": "ask each case more often (repeats)",
    "judge": "judge each answer more often",
}


def summarise_repeats(observed: Observations, loaded: LoadedScorer, estimate: Estimate | None) -> RepeatSummary | None:
    """Summarise a scorer over repeats; None where nothing was asked or judged more than once."""
    column = observed.column(loaded.label)
    if len(set(column.cases)) == len(column.cases) and not column.draw_variances:
        return None
    answers = observed.answers(loaded.label)
    repeated = [case for case in answers if len(case.values) > 1]
    flaky = sorted(_flaky(repeated, loaded.scorer.range), key=lambda case: (-_disagreement(case), case.case_id))
    return RepeatSummary(
        variance=_variance(observed, loaded, answers, estimate),
        pass_at=tuple(_pass_at(repeated)),
        repeated=len(repeated),
        flaky=len(flaky),
        flakiest=tuple(flaky[:LISTED]),
    )


def find_components(observed: Observations, label: str, answers: Sequence[Answers] | None = None) -> Components | None:
    """The components of variance of a scorer's values; None from fewer than two cases."""
    column = observed.column(label)
    verdicts = len(column.draw_variances)
    return estimate_components(
        [case.values for case in (observed.answers(label) if answers is None else answers)],
        judge=math.fsum(column.draw_variances) / verdicts if verdicts else None,
        draws=verdicts / math.fsum(column.per_draw) if verdicts else 1.0,
    )


def design_effect(components: Components, estimate: Estimate | None) -> float:
    """How many times larger clusters make the variance of the mean than that many unrelated cases have; at least 1."""
    plain = components.of_case_mean()
    if estimate is None or estimate.se is None or estimate.clusters == estimate.n or plain <= 0:
        return 1.0
    return max(1.0, estimate.se**2 * estimate.n / plain)


def _variance(
    observed: Observations, loaded: LoadedScorer, answers: Sequence[Answers], estimate: Estimate | None
) -> Variance | None:
    found = find_components(observed, loaded.label, answers)
    if found is None:
        return None
    effect, span = design_effect(found, estimate), loaded.scorer.range
    widths = [] if span is None else [share * (span[1] - span[0]) for share in HALF_WIDTHS]
    asked = (1,) if found.generation is None else REPEATS
    return Variance(
        case=found.case,
        generation=found.generation,
        judge=found.judge,
        repeats=found.repeats,
        draws=found.draws,
        design_effect=effect,
        required=tuple(
            RequiredCases(
                half_width=width,
                repeats=repeats,
                cases=math.ceil(effect * cases_for_half_width(found, width, repeats=repeats)),
            )
            for width in widths
            for repeats in asked
        ),
    )


def _pass_at(repeated: Sequence[Answers]) -> Iterator[PassAt]:
    most = max((case.judged for case in repeated), default=0)
    if most < 2:
        return
    for k in sorted({k for k in KS if k < most} | {most}):
        enough = [case for case in repeated if case.judged >= k]
        some = math.fsum(pass_at_k(case.passed, case.judged, k) for case in enough)
        every = math.fsum(pass_every_k(case.passed, case.judged, k) for case in enough)
        yield PassAt(k=k, some=some / len(enough), every=every / len(enough), cases=len(enough))


def _flaky(repeated: Sequence[Answers], span: tuple[float, float] | None) -> Iterator[FlakyCase]:
    ends = span or (
        (min(case.values[0] for case in repeated), max(case.values[-1] for case in repeated))
        if repeated
        else (0.0, 0.0)
    )
    most = WAVERS * (ends[1] - ends[0])
    for case in repeated:
        low, high = case.values[0], case.values[-1]
        decided = case.judged > 1
        if (0 < case.passed < case.judged) if decided else (most > 0 and high - low >= most):
            yield FlakyCase(
                case_id=case.case_id,
                answers=len(case.values),
                passed=case.passed if decided else None,
                low=low,
                high=high,
            )


def _disagreement(case: FlakyCase) -> float:
    """From 0 to 1, and 1 where half of the answers pass; else how far they lie apart."""
    if case.passed is None:
        return case.high - case.low
    share = case.passed / case.answers
    return 4 * share * (1 - share)


VARIANCE_COLUMNS = ("scorer", "cases", "answers", "judge", "what to raise", "cases for ±5 % of the range", "for ±2 %")
PASS_COLUMNS = ("scorer", "k", "pass@k: at least one", "pass^k: all", "cases")
FLAKY_COLUMNS = ("scorer", "case", "answers", "passed", "lowest", "highest")


def variance_rows(report: Report) -> list[tuple[str, ...]]:
    """For each repeated scorer: what contributes how much to the variance of its mean, and how many cases would do."""
    return [
        (
            score.label,
            *(percent(spread.shares.get(part)) for part in ("cases", "answers", "judge")),
            ADVICE[spread.dominant] if spread.dominant else "nothing varies",
            *_needs(spread),
        )
        for score, spread in _spreads(report)
    ]


def pass_rows(report: Report) -> list[tuple[str, ...]]:
    """pass@k and pass^k of each scorer that passes or fails."""
    return [
        (score.label, str(found.k), percent(found.some), percent(found.every), f"{found.cases:,}")
        for score in report.scores
        for found in (score.repeats.pass_at if score.repeats else ())
    ]


def flaky_rows(report: Report) -> list[tuple[str, ...]]:
    """The cases whose answers disagree most, for each scorer."""
    return [
        (
            score.label,
            case.case_id,
            str(case.answers),
            "–" if case.passed is None else str(case.passed),
            number(case.low, score.unit),
            number(case.high, score.unit),
        )
        for score in report.scores
        for case in (score.repeats.flakiest if score.repeats else ())
    ]


def flaky_text(report: Report) -> str:
    """Say of each scorer how many cases waver; empty where none was repeated."""
    told = [
        f"{score.label}: {found.flaky:,} of {count(found.repeated, 'case')}"
        for score in report.scores
        if (found := score.repeats) is not None and found.repeated
    ]
    return f"Cases whose answers disagree: {'; '.join(told)}." if told else ""


def _spreads(report: Report) -> Iterator[tuple[ScoreSummary, Variance]]:
    for score in report.scores:
        if score.repeats is not None and score.repeats.variance is not None:
            yield score, score.repeats.variance


def _needs(spread: Variance) -> tuple[str, str]:
    """For both half-widths the number of cases by repeats, as `385 (1 answer each), 290 (3)`."""
    widths = sorted({need.half_width for need in spread.required}, reverse=True)
    texts = [
        ", ".join(
            f"{need.cases:,}" + (f" ({need.repeats}×)" if spread.generation is not None else "")
            for need in spread.required
            if need.half_width == width
        )
        for width in widths
    ]
    return (texts[0], texts[1]) if len(texts) == len(HALF_WIDTHS) else ("–", "–")

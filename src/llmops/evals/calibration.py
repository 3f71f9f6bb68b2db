"""A judge against people: which outputs are drawn to be labelled, how well both agree, and the mean with the bias taken out.

Outputs are drawn by whole clusters in an order that follows from the run's id alone, so nobody can choose, and anybody can
check, which outputs a sample of a given size holds. At most a part of them (the pool) is ever drawn: bets on the corrected
mean know the others from the start, which is why labels may be added until a gate is decided.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from llmops.domain.calibration import Calibration, Label, LabelSample
from llmops.domain.evaluation import CaseResult, Direction
from llmops.measures.agreement import Correlation, Kappa, Weights, estimate_kappa, rank_correlation
from llmops.measures.correction import Labelled, corrected_capital, prediction_powered, rogan_gladen
from llmops.measures.intervals import Range, wilson

MOST_CATEGORIES = 10  # distinct values of ordered categories; more are put into five bins
BINS = 5
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Output:
    """One answer of a run, without its text."""

    case_id: str
    repeat: int
    cluster: str

    @property
    def key(self) -> Key:
        """What labels name it by."""
        return self.case_id, self.repeat


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer as a scorer saw it; `value` is None where the judge gave none."""

    output: Output
    value: float | None
    passed: bool | None
    length: int
    flipped: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about a scorer on one run: its outputs in the order of drawing, labels, and the sample that was drawn.

    `failed` counts the answers that there are none of, which nobody can label.
    """

    scorer: str
    identity: str
    direction: Direction
    span: Range
    judged: Sequence[Judged]
    labels: Sequence[Label]
    sample: LabelSample | None
    failed: int = 0
    drawn: frozenset[Key] = field(default_factory=frozenset)
    pool: frozenset[Key] = field(default_factory=frozenset)

    @property
    def said(self) -> Mapping[Key, float]:
        """The mean of what people said about each output, labels of another definition of the scorer left out."""
        values: dict[Key, list[float]] = {}
        for label in self.labels:
            if label.identity == self.identity:
                values.setdefault((label.case_id, label.repeat), []).append(label.value)
        return {key: math.fsum(of) / len(of) for key, of in values.items()}


def order_outputs(run_id: str, outputs: Iterable[Output]) -> list[Output]:
    """Put outputs in the order in which they are drawn: cluster by cluster, clusters by their digest with the run's id."""
    digests: dict[str, bytes] = {}

    def place(output: Output) -> tuple[bytes, str, int]:
        if output.cluster not in digests:
            digests[output.cluster] = hashlib.sha256(f"{run_id}\n{output.cluster}".encode()).digest()
        return digests[output.cluster], output.case_id, output.repeat

    return sorted(outputs, key=place)


def first_outputs(ordered: Sequence[Output], size: int) -> list[Output]:
    """The first outputs, at least `size` where there are so many, with the last cluster whole."""
    end = min(size, len(ordered))
    while 0 < end < len(ordered) and ordered[end].cluster == ordered[end - 1].cluster:
        end += 1
    return list(ordered[:end])


def judge_of(result: CaseResult, label: str) -> Judged | None:
    """What a scorer made of a result; None where there is no answer or the scorer does not apply to it."""
    score = result.scores.get(label)
    if score is None or result.error is not None or score.status == "not_applicable":
        return None
    output = Output(result.case_id, result.repeat, result.cluster)
    flipped = score.details.get("flip_rate")
    return Judged(output, score.value, score.passed, len(result.output or ""), flipped)


def calibrate(found: Evidence) -> Calibration | None:
    """Compare a judge with people; None where nobody said anything about its outputs."""
    said = found.said
    both = [one for one in found.judged if one.output.key in said and one.value is not None]
    if not both:
        return None
    people, verdicts, names, weights = _categories(found, both, said)
    clusters = [one.output.cluster for one in both]
    kappa = estimate_kappa(people, verdicts, len(names), weights=weights, clusters=clusters)
    drift = rank_correlation(
        [(one.value or 0.0) - said[one.output.key] for one in both], [float(one.length) for one in both]
    )
    scored = [one for one in found.judged if one.value is not None]
    length = rank_correlation([one.value or 0.0 for one in scored], [float(one.length) for one in scored])
    flips = [one.flipped for one in found.judged if one.flipped is not None]
    return Calibration(
        scorer=found.scorer,
        identity=found.identity,
        people=len({label.who for label in found.labels}),
        labels=len(found.labels),
        outputs=len(found.judged),
        drawn=len(_drawn(found)),
        sampled=sum(one.output.key in said for one in _drawn(found)),
        categories=names,
        weights=weights,
        confusion=kappa.confusion,
        agreement=kappa.agreement,
        kappa=kappa.value,
        kappa_interval=_kappa_interval(kappa),
        score_by_length=length.value if length else None,
        length_bias=drift.value if drift else None,
        length_bias_interval=_ends(drift),
        flips=math.fsum(flips) / len(flips) if flips else None,
        flips_interval=wilson(round(math.fsum(flips)), len(flips)) if flips else None,
        **_means(found, said, weights == "none"),
    )


def sampled(found: Evidence, said: Mapping[Key, float], worst: float | None = None) -> Labelled:
    """The labelled outputs of the drawn sample, in the order of drawing, and those that only the judge saw.

    With `worst`, in 0 … 1: for bets. What nobody labelled of the sample, and what the judge gave no verdict on, counts as that,
    and only outputs outside the pool are the judge's alone. Without: for the mean, from all there are.
    """
    drawn = {one.output.key for one in _drawn(found)}
    y, f, others, clusters, clusters_only = [], [], [], [], []
    for one in found.judged:
        value = one.value if worst is None else worst if one.value is None else _unit(one.value, found.span)
        key = one.output.key
        if value is None:
            continue
        if key in drawn and (key in said or worst is not None):
            label = said.get(key)
            y.append(worst if label is None and worst is not None else _scaled(label or 0.0, found.span, worst))
            f.append(value)
            clusters.append(one.output.cluster)
        elif worst is None or key not in found.pool:
            others.append(value)
            clusters_only.append(one.output.cluster)
    return Labelled(y, f, others, clusters, clusters_only)


def evidence_for(found: Evidence, limit: float, worst: float, *, above: bool) -> float:
    """The log capital of bets that the mean people would give is above (or below) `limit`; both in the range of the scorer."""
    labelled = sampled(found, found.said, _unit(worst, found.span))
    return corrected_capital(labelled, _unit(limit, found.span), above=above)


def _drawn(found: Evidence) -> list[Judged]:
    return [one for one in found.judged if one.output.key in found.drawn]


def _means(found: Evidence, said: Mapping[Key, float], binary: bool) -> dict[str, object]:
    """The judge's mean, that of people, and the corrected ones, as far as the sample allows."""
    values = [one.value for one in found.judged if one.value is not None]
    means: dict[str, object] = {"judged_mean": math.fsum(values) / len(values)}
    labelled = sampled(found, said)
    if len(labelled.people) < 2:
        return means
    means["people_mean"] = math.fsum(labelled.people) / len(labelled.people)
    corrected = prediction_powered(labelled, bounds=found.span)
    means |= {"corrected": corrected.mean, "corrected_interval": (corrected.low, corrected.high)}
    drawn = {one.output.key for one in _drawn(found) if one.output.key in said and one.value is not None}
    if binary and found.span == (0.0, 1.0):
        sure = [one for one in found.judged if one.value is not None]
        inside = [one for one in sure if one.output.key in drawn]
        outside = [one for one in sure if one.output.key not in drawn]
        good = [said[one.output.key] > 0.5 for one in inside]
        shares = rogan_gladen(
            good, [_is_high(found, one) for one in inside], sum(_is_high(found, one) for one in outside), len(outside)
        )
        if shares is not None:
            means |= {"rogan_gladen": shares.mean, "rogan_gladen_interval": (shares.low, shares.high)}
    return means


def _categories(
    found: Evidence, both: Sequence[Judged], said: Mapping[Key, float]
) -> tuple[list[int], list[int], tuple[str, ...], Weights]:
    """Both opinions as categories: pass or fail where people say so, else the values there are, else five bins."""
    low, high = found.span
    people = [said[one.output.key] for one in both]
    if set(people) <= {low, high}:
        ends = (f"{low:g}", f"{high:g}")
        return [int(value == high) for value in people], [int(_is_high(found, one)) for one in both], ends, "none"
    verdicts = [one.value or 0.0 for one in both]
    distinct = sorted({*people, *verdicts})
    if len(distinct) <= MOST_CATEGORIES:
        places = {value: place for place, value in enumerate(distinct)}
        names = tuple(f"{value:g}" for value in distinct)
        return [places[v] for v in people], [places[v] for v in verdicts], names, "quadratic"
    width = (high - low) / BINS
    names = tuple(f"{low + i * width:g}–{low + (i + 1) * width:g}" for i in range(BINS))

    def bins(values: Sequence[float]) -> list[int]:
        return [min(BINS - 1, int((value - low) / width)) for value in values]

    return bins(people), bins(verdicts), names, "quadratic"


def _is_high(found: Evidence, one: Judged) -> bool:
    """Whether the judge puts an output at the upper end: as its pass or fail says, else by the middle of the range."""
    if one.passed is not None:
        return one.passed == (found.direction == "higher")
    return (one.value or 0.0) >= (found.span[0] + found.span[1]) / 2


def _unit(value: float, span: Range) -> float:
    return min(1.0, max(0.0, (value - span[0]) / (span[1] - span[0])))


def _scaled(value: float, span: Range, worst: float | None) -> float:
    return value if worst is None else _unit(value, span)


def _kappa_interval(kappa: Kappa) -> Range | None:
    return None if kappa.low is None or kappa.high is None else (kappa.low, kappa.high)


def _ends(found: Correlation | None) -> Range | None:
    return None if found is None or found.low is None or found.high is None else (found.low, found.high)

"""From gates and comparisons to claims that can be bet on, case by case, before all cases are asked.

A claim is about the mean of something within known bounds: a scorer's values, the difference of two runs on the same cases,
the share of answers that succeed or come in time. What has no bounds (dollars), or no mean (the gap between segments), is left
to the full run; what no run could change (nothing holds the baseline) is settled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from llmops.domain.evaluation import CaseResult
from llmops.domain.suite import GateSpec
from llmops.evals.gates.decide import QUANTILES, describe
from llmops.evals.gates.rulings import ALPHA, BETA
from llmops.evals.gates.scores import DEFAULT_MARGIN
from llmops.evals.loading import LoadedScorer
from llmops.evals.pairs import Baseline
from llmops.presentation.figures import seconds

Read: TypeAlias = Callable[[CaseResult], float | None]
"""A result's value from 0 (worst) to 1 (best), a missing one as the worst; None where the question does not apply to it."""

Part: TypeAlias = Literal["bet", "every case", "left", "settled"]


@dataclass(frozen=True, slots=True)
class Claim:
    """That a mean is high enough, or a difference.

    The gain of a case is its value, less that of its partner where the claim is `against` a baseline, plus `offset`; the claim
    is that the mean gain is above 0. Whatever is claimed, higher is better.
    """

    question: str
    claim: str
    label: str
    read: Read
    offset: float
    span: tuple[float, float]
    risks: tuple[float, float]
    prior: float = 0.0
    against: str | None = None
    scale: Callable[[float], float] = float
    unscale: Callable[[float], float] = float
    unit: str = ""

    def is_missing(self, result: CaseResult) -> bool:
        """Whether this result counts as the worst because its score is missing."""
        score = result.scores.get(self.label) if self.label else None
        return score is not None and score.status == "missing"


@dataclass(frozen=True, slots=True)
class Question:
    """A gate, and how it is decided: by bets on its claim, by looking for a single exception (`every case`), only by the full
    run (`left`), or by what is known beforehand (`settled`)."""

    part: Part
    gate: GateSpec
    claim: Claim | None = None


def questions_of(
    gates: Sequence[GateSpec], scorers: Sequence[LoadedScorer], baselines: Mapping[str, Baseline | None]
) -> list[Question]:
    """How each gate is decided, in their order.

    Args:
        gates: the suite's, checked.
        scorers: those of the run.
        baselines: by the text of `no_worse_than`; None where nothing holds it.
    """
    loaded = {scorer.label: scorer for scorer in scorers}
    risks = (ALPHA, BETA / max(1, len(gates)))
    return [_question(gate, loaded, baselines, risks) for gate in gates]


def contests_of(scorers: Sequence[LoadedScorer], baseline: Baseline, name: str) -> list[Claim]:
    """The claims that a run is better than a baseline, one for each scorer with a range that both were scored with.

    Both errors, better and worse, are shared by the scorers: with k of them each side needs k / alpha.
    """
    chosen = [scorer for scorer in scorers if _is_comparable(scorer, baseline)]
    risk = ALPHA / max(1, len(chosen))
    return [_relative(f"{scorer.label} against {name}", scorer, name, 0.0, (risk, risk)) for scorer in chosen]


def _is_comparable(scorer: LoadedScorer, baseline: Baseline) -> bool:
    return scorer.scorer.range is not None and baseline.identities.get(scorer.label) == scorer.identity


def _question(
    gate: GateSpec,
    scorers: Mapping[str, LoadedScorer],
    baselines: Mapping[str, Baseline | None],
    risks: tuple[float, float],
) -> Question:
    if gate.calibrated:
        return Question("left", gate)  # what people say is known only after the run
    if gate.scorer is not None:
        loaded = scorers[gate.scorer]
        if gate.no_worse_than is not None:
            return _against(gate, loaded, baselines.get(gate.no_worse_than), risks)
        if gate.min is not None or gate.max is not None:
            return _absolute(gate, loaded, risks)
        return Question("left", gate)
    if gate.error_rate is not None:
        return _errors(gate, gate.error_rate, risks)
    for field, quantile in QUANTILES.items():
        if (limit := getattr(gate, field)) is not None:
            return Question("bet", gate, _latency(gate, quantile / 100, limit, risks))
    return Question("left", gate)


def _absolute(gate: GateSpec, loaded: LoadedScorer, risks: tuple[float, float]) -> Question:
    span = loaded.scorer.range
    if span is None:
        return Question("left", gate)
    limit = gate.min if gate.min is not None else gate.max
    assert limit is not None
    sign = 1 if gate.min is not None else -1
    if limit == span[1 if sign > 0 else 0]:
        return Question("every case", gate)
    scale, unscale = _scales(span, sign)
    needed = scale(limit)
    if needed <= 0:
        return Question("settled", gate)
    claim = Claim(
        question=describe(gate),
        claim=f"a mean of {'at least' if sign > 0 else 'at most'} {limit:g}",
        label=loaded.label,
        read=_reader(loaded.label, scale),
        offset=-needed,
        span=(-needed, 1 - needed),
        risks=risks,
        scale=scale,
        unscale=unscale,
        unit=loaded.scorer.unit,
    )
    return Question("bet", gate, claim)


def _against(gate: GateSpec, loaded: LoadedScorer, baseline: Baseline | None, risks: tuple[float, float]) -> Question:
    span, name = loaded.scorer.range, gate.no_worse_than
    assert name is not None
    if baseline is None or baseline.identities.get(loaded.label) != loaded.identity:
        return Question("settled", gate)
    if span is None:
        return Question("left", gate)
    margin = gate.margin / (span[1] - span[0]) if gate.margin is not None else DEFAULT_MARGIN
    if margin >= 1:
        return Question("settled", gate)
    return Question("bet", gate, _relative(describe(gate), loaded, name, margin, risks))


def _relative(question: str, loaded: LoadedScorer, name: str, margin: float, risks: tuple[float, float]) -> Claim:
    span = loaded.scorer.range
    assert span is not None
    sign, width = (1 if loaded.scorer.direction == "higher" else -1), span[1] - span[0]
    scale, _ = _scales(span, sign)
    return Claim(
        question=question,
        claim=f"no worse than {name} by {margin * width:g}" if margin else f"better than {name}",
        label=loaded.label,
        read=_reader(loaded.label, scale),
        offset=margin,
        span=(margin - 1, 1 + margin),
        risks=risks,
        prior=margin,
        against=name,
        scale=scale,
        unscale=lambda difference: sign * width * difference,
        unit=loaded.scorer.unit,
    )


def _errors(gate: GateSpec, limit: float, risks: tuple[float, float]) -> Question:
    if limit in (0.0, 1.0):
        return Question("every case" if limit == 0 else "settled", gate)
    claim = Claim(
        question=describe(gate),
        claim=f"an error rate of at most {limit * 100:g} %",
        label="",
        read=lambda result: float(result.error is None),
        offset=limit - 1,
        span=(limit - 1, limit),
        risks=risks,
        unscale=lambda answered: 1 - answered,
        unit="%",
    )
    return Question("bet", gate, claim)


def _latency(gate: GateSpec, share: float, limit: float, risks: tuple[float, float]) -> Claim:
    return Claim(
        question=describe(gate),
        claim=f"at least {share * 100:g} % of answers within {seconds(limit)}",
        label="",
        read=lambda result: float(result.error is None and result.usage.latency <= limit),
        offset=-share,
        span=(-share, 1 - share),
        risks=risks,
        unit="%",
    )


def _scales(span: tuple[float, float], sign: int) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """To and from 0 (worst) … 1 (best); what rounding puts outside is put back, so that a gambler never owes."""
    low, high = span

    def scale(value: float) -> float:
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        return share if sign > 0 else 1 - share

    def unscale(share: float) -> float:
        return low + (high - low) * (share if sign > 0 else 1 - share)

    return scale, unscale


def _reader(label: str, scale: Callable[[float], float]) -> Read:
    def read(result: CaseResult) -> float | None:
        score = result.scores.get(label)
        if score is None or score.status == "not_applicable":
            return None
        return 0.0 if score.status == "missing" or score.value is None else scale(score.value)

    return read

"""Decides the gates of a suite: pass, fail or unknown, each with what was measured and what decided.

All gates must pass for the run to pass, so each passes at the full risk alpha (intersection-union); one failing gate fails
the run, so the risk beta of failing wrongly is shared among them (`statistics.md`, section 2).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llmops.core.errors import InputError
from llmops.core.names import did_you_mean
from llmops.domain.report import Decision
from llmops.domain.suite import GateSpec
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.presentation.figures import dollars, seconds

if TYPE_CHECKING:
    from llmops.evals.calibration import Evidence
    from llmops.evals.gates.scores import Terms

QUANTILES = {"latency_p50": 50, "latency_p95": 95, "latency_p99": 99}


def decide(
    gates: Sequence[GateSpec],
    observed: Observations,
    scorers: Sequence[LoadedScorer],
    *,
    baselines: Mapping[str, Baseline | None] | None = None,
    max_missing: float = 0.02,
    labelled: "Mapping[str, Evidence] | None" = None,
) -> tuple[Decision, ...]:
    """Decide every gate, in their order.

    Args:
        gates: the suite's.
        observed: the numbers of the finished run.
        scorers: those that were run.
        baselines: by the text of `no_worse_than`; absent or None where nothing holds it.
        max_missing: the share of missing scores above which a gate is unknown.
        labelled: what people said about the run's outputs, by scorer.

    Raises:
        InputError: as `check_gates`.
    """
    check_gates(gates, scorers)
    if not gates:
        return ()
    from llmops.evals.gates.rulings import BETA
    from llmops.evals.gates.scores import Terms  # the tests behind gates are imported where there are some

    terms = Terms(max_missing, BETA / max(1, len(gates)))
    return tuple(
        _decide_calibrated(gate, (labelled or {}).get(gate.scorer or ""), terms)
        if gate.calibrated
        else _decide(gate, observed, scorers, baselines or {}, terms)
        for gate in gates
    )


def check_gates(gates: Sequence[GateSpec], scorers: Sequence[LoadedScorer]) -> None:
    """Refuse gates that no run could decide, before anything is run.

    Raises:
        InputError: a gate names a scorer that the suite does not have, or a bound outside the scorer's range.
    """
    by_label = {loaded.label: loaded for loaded in scorers}
    for gate in gates:
        if gate.scorer is None:
            continue
        if gate.scorer not in by_label:
            hint = did_you_mean(gate.scorer, by_label)
            raise InputError(f"a gate names the scorer {gate.scorer!r}, which the suite does not have", hint=hint)
        span = by_label[gate.scorer].scorer.range
        if gate.calibrated and span is None:
            raise InputError(
                f"the gate {describe(gate)} is calibrated, but {gate.scorer} has no range",
                hint="People can be asked for scores in a known range only.",
            )
        limit = gate.min if gate.min is not None else gate.max
        if span is not None and limit is not None and not span[0] <= limit <= span[1]:
            raise InputError(
                f"the gate {describe(gate)} asks for a value outside the scorer's range {span[0]:g} to {span[1]:g}",
                hint="Shares are written as 0.9, not 90.",
            )
        if span is not None and gate.max_gap is not None and gate.max_gap >= span[1] - span[0]:
            raise InputError(
                f"the gate {describe(gate)} asks for a gap as wide as the scorer's range {span[0]:g} to {span[1]:g}",
                hint="Shares are written as 0.1, not 10.",
            )


def leave_open(gates: Sequence[GateSpec], reason: str) -> tuple[Decision, ...]:
    """Say of every gate that it is unknown, for a run that cannot decide (interrupted, limited)."""
    return tuple(Decision(gate=describe(gate), outcome="unknown", reason=reason) for gate in gates)


def describe(gate: GateSpec) -> str:
    """What a gate is called in tables, such as `contains ≥ 0.900` or `latency p95 ≤ 2 s`."""
    for field, quantile in QUANTILES.items():
        if (limit := getattr(gate, field)) is not None:
            return f"latency p{quantile} ≤ {seconds(limit)}"
    if gate.cost_per_case is not None:
        return f"cost per case ≤ {dollars(gate.cost_per_case)}"
    if gate.error_rate is not None:
        return f"error rate ≤ {gate.error_rate * 100:g} %"
    if gate.max_gap is not None:
        return f"{gate.scorer} by {gate.segment}: gap ≤ {gate.max_gap:g}"
    if gate.no_worse_than is not None:
        margin = "" if gate.margin is None else f" (margin {gate.margin:g})"
        return f"{gate.scorer} no worse than {gate.no_worse_than}{margin}"
    sign, limit = ("≥", gate.min) if gate.min is not None else ("≤", gate.max)
    return f"{gate.scorer} {sign} {limit:g}" + (" (calibrated)" if gate.calibrated else "")


def _decide_calibrated(gate: GateSpec, labelled: "Evidence | None", terms: "Terms") -> Decision:
    from llmops.evals.gates.calibrated import decide_calibrated  # few suites have such a gate

    return decide_calibrated(describe(gate), gate, labelled, terms)


def _decide(
    gate: GateSpec,
    observed: Observations,
    scorers: Sequence[LoadedScorer],
    baselines: Mapping[str, Baseline | None],
    terms: "Terms",
) -> Decision:
    from llmops.evals.gates.limits import decide_cost, decide_errors, decide_latency
    from llmops.evals.gates.scores import decide_bound, decide_relative

    name = describe(gate)
    if gate.scorer is not None:
        loaded = next(loaded for loaded in scorers if loaded.label == gate.scorer)
        if gate.max_gap is not None:
            from llmops.evals.gates.segments import decide_gap  # few suites have such a gate

            return decide_gap(name, gate, loaded, observed, terms)
        if gate.no_worse_than is None:
            return decide_bound(name, gate, loaded, observed, terms)
        return decide_relative(name, gate, loaded, observed, baseline=baselines.get(gate.no_worse_than), terms=terms)
    if gate.cost_per_case is not None:
        return decide_cost(name, observed, gate.cost_per_case, terms.beta)
    if gate.error_rate is not None:
        return decide_errors(name, observed, gate.error_rate, terms.beta)
    field = next(field for field in QUANTILES if getattr(gate, field) is not None)
    return decide_latency(name, observed, QUANTILES[field], getattr(gate, field), terms.beta)

"""Turns rulings of `measures.comparison` into decisions that say in words what was measured and what decided."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llmops.domain.report import Decision, Outcome
from llmops.evals.words import signed
from llmops.measures.comparison import Ruling
from llmops.measures.intervals import estimate_mean, required_cases
from llmops.presentation.figures import count, number

ALPHA = 0.05  # the risk of passing what should not pass
BETA = 0.05  # the risk of failing what should pass, shared by all gates
POWER_RISK = 0.2  # beta of the number of cases that would decide
FEW_CLUSTERS = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """What a gate looked at: its name, the claim it asks for, and the value (or difference) measured on n cases."""

    gate: str
    claim: str
    value: float
    n: int
    unit: str = ""
    is_difference: bool = False

    def measured(self) -> str:
        """The value and the number of cases in words."""
        value = (
            f"a difference of {signed(self.value, self.unit)}" if self.is_difference else number(self.value, self.unit)
        )
        return f"{value} on {count(self.n, 'case')}"


def decide_by(ruling: Ruling, found: Finding) -> Decision:
    """Put a ruling into words."""
    write = signed if found.is_difference else number
    bound = "" if ruling.bound is None else f", bound {write(ruling.bound, found.unit)}"
    if ruling.outcome == "pass":
        reason = f"{found.measured()}; {found.claim} holds with 95 % confidence ({ruling.method}{bound})"
    elif ruling.outcome == "fail":
        reason = f"{found.measured()}; {found.claim} is rejected ({ruling.method}{bound})"
    else:
        more = f"about {count(ruling.required_n, 'case')} would" if ruling.required_n else "no number of cases would"
        reason = f"{found.measured()} cannot decide whether {found.claim} holds ({ruling.method}{bound}); {more}"
    return Decision(
        gate=found.gate,
        outcome=ruling.outcome,
        reason=reason,
        value=found.value,
        bound=ruling.bound,
        required_n=ruling.required_n if ruling.outcome == "unknown" else None,
    )


def state(gate: str, outcome: Outcome, reason: str, value: float | None = None) -> Decision:
    """A decision that rests on no test."""
    return Decision(gate=gate, outcome=outcome, reason=reason, value=value)


def rule_mean_at_most(values: Sequence[float], clusters: Sequence[str], *, maximum: float, beta: float) -> Ruling:
    """Rule whether a mean without known bounds (seconds, dollars) is at most `maximum`.

    One-sided clustered t bounds; with fewer than ten clusters there is no ruling, since t is rough there.
    """
    estimate = estimate_mean(values, clusters, bounds=None, level=1 - 2 * ALPHA)
    if estimate.clusters < FEW_CLUSTERS or estimate.high is None or estimate.se is None:
        needed = max(FEW_CLUSTERS, math.ceil(FEW_CLUSTERS * estimate.n / estimate.clusters))
        return Ruling("unknown", f"t, only {count(estimate.clusters, 'cluster')}", None, needed)
    if estimate.high <= maximum:
        return Ruling("pass", estimate.method, estimate.high, None)
    strict = estimate_mean(values, clusters, bounds=None, level=1 - 2 * beta)
    if strict.low is not None and strict.low > maximum:
        return Ruling("fail", strict.method, strict.low, None)
    spread = estimate.se * math.sqrt(estimate.n)
    needed_n = required_cases(spread, abs(maximum - estimate.mean), alpha=ALPHA, beta=POWER_RISK, one_sided=True)
    return Ruling("unknown", estimate.method, estimate.high, needed_n)

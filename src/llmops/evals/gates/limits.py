"""Gates on what a run took: latency percentiles, cost and errors.

A latency percentile is decided by counting: p95 <= 2 s means that at least 95 % of cases are answered within 2 s, a share
with exact bounds (equivalently: by order statistics). The bound in seconds is the order statistic that does it.
"""

import math
from collections.abc import Sequence

from llmops.domain.report import Decision, Outcome
from llmops.evals.gates.rulings import ALPHA, Finding, decide_by, rule_mean_at_most, state
from llmops.evals.observations import Observations
from llmops.measures.comparison import Ruling, rule_at_least
from llmops.measures.intervals import percentile
from llmops.presentation.figures import count, dollars, percent, seconds


def decide_latency(gate: str, observed: Observations, quantile: int, limit: float, beta: float) -> Decision:
    """Decide whether the quantile (50, 95, 99) of seconds an answer takes is at most `limit`."""
    if not observed.latencies:
        return state(gate, "unknown", "no case was answered")
    within = observed.shares_within(limit)
    measured = percentile(observed.latencies, quantile)
    ruling = rule_at_least(within.values, within.clusters, minimum=quantile / 100, alpha=ALPHA, beta=beta)
    bound = upper_quantile_bound(observed.latencies, quantile / 100, ALPHA) if ruling.outcome != "fail" else None
    claim = f"at least {quantile} % of answers within {seconds(limit)}"
    share = math.fsum(within.values) / len(within)
    described = Ruling(ruling.outcome, f"{percent(share)} are, by {ruling.method}", bound, ruling.required_n)
    return decide_by(described, Finding(gate, claim, measured, len(within), "s"))


def decide_cost(gate: str, observed: Observations, limit: float, beta: float) -> Decision:
    """Decide whether a case costs at most `limit` dollars on average."""
    costs = observed.costs()
    answered = observed.results - observed.errors
    if not answered:
        return state(gate, "unknown", "no case was answered")
    if observed.unpriced:
        models = ", ".join(sorted(observed.models))
        return state(
            gate, "unknown", f"no price is known for {observed.unpriced:,} of {count(answered, 'answer')} ({models})"
        )
    mean = math.fsum(costs.values) / len(costs)
    if not any(costs.values):
        return state(gate, "pass", f"none of {count(answered, 'answer')} cost anything", 0.0)
    ruling = rule_mean_at_most(costs.values, costs.clusters, maximum=limit, beta=beta)
    return decide_by(ruling, Finding(gate, f"a mean cost of at most {dollars(limit)}", mean, len(costs), "$"))


def decide_errors(gate: str, observed: Observations, limit: float, beta: float) -> Decision:
    """Decide whether at most a share `limit` of answers fails; 0 is decided on the run itself, as no n could show it."""
    shares = observed.error_shares()
    if not len(shares):
        return state(gate, "unknown", "no case was run")
    rate = observed.errors / observed.results
    if limit == 0:
        outcome: Outcome = "pass" if not observed.errors else "fail"
        return state(
            gate, outcome, f"{observed.errors:,} of {count(observed.results, 'answer')} failed; none may", rate
        )
    answered = [1.0 - share for share in shares.values]
    ruling = rule_at_least(answered, shares.clusters, minimum=1 - limit, alpha=ALPHA, beta=beta)
    bound = None if ruling.bound is None else 1 - ruling.bound
    mirrored = Ruling(ruling.outcome, ruling.method, bound, ruling.required_n)
    return decide_by(mirrored, Finding(gate, f"an error rate of at most {limit * 100:g} %", rate, len(shares), "%"))


def upper_quantile_bound(values: Sequence[float], quantile: float, alpha: float) -> float | None:
    """Return the smallest order statistic that the quantile exceeds with probability at most alpha; None if n is too small.

    P(quantile > x_(k)) <= P(Binomial(n, quantile) >= k) (David & Nagaraja 2003, section 7.1).
    """
    ordered = sorted(values)
    n = len(ordered)
    log_p, log_q = math.log(quantile), math.log1p(-quantile)
    tail = 0.0
    for k in range(n, 0, -1):
        log_choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        tail += math.exp(log_choose + k * log_p + (n - k) * log_q)
        if tail > alpha:
            return ordered[k] if k < n else None
    return ordered[0]

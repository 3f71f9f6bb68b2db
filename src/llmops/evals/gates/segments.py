"""Gates on segments: no segment lies further from the rest than `max_gap`.

Passing needs every segment to be shown within the gap, which bounds the largest difference at the stated risk without a
correction; failing needs one to be shown beyond it, and shares that risk among the segments. Segments with fewer than
twenty cases are left out, and named.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llmops.domain.report import Decision
from llmops.domain.suite import GateSpec
from llmops.evals.columns import SMALLEST_COMPARED, Groups, group
from llmops.evals.gates.rulings import ALPHA, state
from llmops.evals.gates.scores import Terms, too_little, worst_value
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import MOST_GATED, Observations
from llmops.evals.words import signed
from llmops.measures.groups import GapRuling, Grouped, rule_gap
from llmops.presentation.figures import count, number


@dataclass(frozen=True, slots=True)
class _Ruled:
    """One segment: its mean, that of the rest, and the ruling on their difference."""

    value: str
    n: int
    difference: float
    ruling: GapRuling


def decide_gap(gate: str, spec: GateSpec, loaded: LoadedScorer, observed: Observations, terms: Terms) -> Decision:
    """Decide a gate with `segment` and `max_gap`; a missing score enters as the worst value."""
    assert spec.segment is not None
    assert spec.max_gap is not None
    refusal = too_little(gate, loaded, observed, terms)
    if refusal:
        return refusal
    values = observed.segment_of(spec.segment.removeprefix("metadata."))
    if values is None:
        return state(gate, "unknown", f"{spec.segment} has more than {MOST_GATED} values, which are no segments")
    sign = 1.0 if loaded.scorer.direction == "higher" else -1.0
    series = observed.scores(loaded.label, missing_as=worst_value(loaded, observed, sign))
    groups = group(series, values)
    compared = [value for value in groups.members if groups.are_compared(value)]
    if not compared:
        return _too_small(gate, spec.segment, groups)
    mirrored = len(groups.members) == len(compared) == 2  # each is the other's rest
    asked = compared[:1] if mirrored else compared
    ruled = [_rule(value, groups, loaded, spec.max_gap, beta=terms.beta / len(asked)) for value in asked]
    left_out = [f"{value} ({len(places)})" for value, places in groups.members.items() if value not in compared]
    return _decide(gate, spec, loaded, ruled, len(groups.values), left_out)


def _rule(value: str, groups: Groups, loaded: LoadedScorer, max_gap: float, *, beta: float) -> _Ruled:
    grouped = Grouped(groups.values, groups.inside(value), groups.clusters)
    ruling = rule_gap(grouped, max_gap=max_gap, alpha=ALPHA, beta=beta, bounds=loaded.scorer.range)
    places = groups.members[value]
    own = math.fsum(groups.values[i] for i in places)
    rest = (math.fsum(groups.values) - own) / (len(groups.values) - len(places))
    return _Ruled(value, len(places), own / len(places) - rest, ruling)


def _decide(
    gate: str, spec: GateSpec, loaded: LoadedScorer, ruled: Sequence[_Ruled], n: int, left_out: Sequence[str]
) -> Decision:
    unit = loaded.scorer.unit
    widest = max(ruled, key=lambda one: abs(one.difference))
    beyond = [one for one in ruled if one.ruling.is_beyond]
    bounds = [one.ruling.bound for one in ruled]
    bound = None if None in bounds else max(bound for bound in bounds if bound is not None)
    shown = max(beyond, key=lambda one: abs(one.difference)) if beyond else widest
    seen = (
        f"the largest difference is {signed(shown.difference, unit)} "
        f"({spec.segment} {shown.value}, {shown.n:,} of {count(n, 'case')})"
    )
    method = shown.ruling.method + ("" if bound is None else f", bound {number(bound, unit)}")
    claim = f"every segment lies within {spec.max_gap:g} of the rest"
    aside = f"; left out with fewer than {SMALLEST_COMPARED} cases: {', '.join(left_out)}" if left_out else ""
    if beyond:
        return state(gate, "fail", f"{seen}; that {claim} is rejected ({method}){aside}", shown.difference)
    if all(one.ruling.is_within for one in ruled):
        passed = state(gate, "pass", f"{seen}; {claim} with 95 % confidence ({method}){aside}", shown.difference)
        return passed.model_copy(update={"bound": bound})
    times = max(one.ruling.required for one in ruled if not one.ruling.is_within)
    needed = max(n + 1, math.ceil(times * n))
    more = f"if segments do not differ, about {count(needed, 'case')} would, {needed - n:,} more"
    reason = f"{seen} cannot decide whether {claim} ({method}); {more}{aside}"
    undecided = state(gate, "unknown", reason, shown.difference)
    return undecided.model_copy(update={"bound": bound, "required_n": needed})


def _too_small(gate: str, segment: str, groups: Groups) -> Decision:
    sizes = {value: len(places) for value, places in groups.members.items()}
    if not sizes:
        return state(gate, "unknown", f"no case has {segment}; write it into the metadata of the cases")
    told = ", ".join(f"{value} ({n})" for value, n in sizes.items())
    if len(sizes) == 1:
        return state(gate, "unknown", f"all cases have the same {segment}, {told}: there is nothing to compare")
    total, largest = sum(sizes.values()), max(sizes.values())
    more = max(0, SMALLEST_COMPARED - largest) + max(0, SMALLEST_COMPARED - (total - largest))
    reason = (
        f"no segment of {segment} has {SMALLEST_COMPARED} cases and as many beside it: {told}; {more} more are needed"
    )
    return state(gate, "unknown", reason).model_copy(update={"required_n": total + more})

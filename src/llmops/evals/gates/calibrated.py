"""Gates that demand a measured judge: labels by people of a random sample of the run's outputs, agreement, and the mean that
is corrected by them.

The risk is that of every gate: bets on what people would say pass a mean at the limit at most one time in twenty, however
biased the judge is, and whenever one stops labelling.
"""

import math

from llmops.domain.calibration import Calibration
from llmops.domain.report import Decision
from llmops.domain.suite import GateSpec
from llmops.evals.calibration import Evidence, calibrate, evidence_for
from llmops.evals.gates.rulings import ALPHA, state
from llmops.evals.gates.scores import Terms
from llmops.presentation.figures import count, percent

LEAST_KAPPA = 0.4
HOW = "llmops judge sample SUITE -o labels.csv, then llmops judge calibrate SUITE --labels labels.csv"


def decide_calibrated(gate: str, spec: GateSpec, found: Evidence | None, terms: Terms) -> Decision:
    """Decide a gate with `calibrated: true`; the decision keeps what was asked, so that it can be decided when labels come."""
    asked = {
        "gate": spec.model_dump(exclude_none=True), "max_missing": terms.max_missing, "beta": terms.beta
    }  # fmt: skip
    return _decide(gate, spec, found, terms).model_copy(update={"asked": asked})


def _decide(gate: str, spec: GateSpec, found: Evidence | None, terms: Terms) -> Decision:
    measured = calibrate(found) if found is not None else None
    if found is None or measured is None:
        return state(gate, "unknown", f"no person has labelled outputs of this run for {spec.scorer}: {HOW}")
    refusal = _too_little(gate, found, measured, terms) or _too_strange(gate, spec, measured)
    if refusal:
        return refusal
    limit = spec.min if spec.min is not None else spec.max
    assert limit is not None
    assert measured.corrected_interval is not None
    above = spec.min is not None
    worst = found.span[0] if above else found.span[1]
    wanted = f"a mean of {'at least' if above else 'at most'} {limit:g} according to people"
    low, high = measured.corrected_interval
    kappa = "" if measured.kappa is None else f", kappa {measured.kappa:.2f}"
    seen = (
        f"corrected mean {measured.corrected:.3f} ({low:.3f} to {high:.3f}) from {count(measured.sampled, 'label')} and "
        f"{count(measured.outputs, 'verdict')}{kappa}"
    )
    # Answers that failed count as the worst value, which moves the limit for those there are.
    share = found.failed / (found.failed + len(found.judged))
    needed = (limit - share * worst) / (1 - share)
    if not found.span[0] <= needed <= found.span[1]:
        return state(
            gate, "fail", f"{seen}; {percent(share)} of answers failed, {wanted} cannot be", measured.corrected
        )
    if evidence_for(found, needed, worst, above=above) >= math.log(1 / ALPHA):
        return state(gate, "pass", f"{seen}; {wanted} holds with 95 % confidence (betting)", measured.corrected)
    if evidence_for(found, needed, worst, above=not above) >= math.log(1 / terms.beta):
        return state(gate, "fail", f"{seen}; {wanted} is rejected (betting)", measured.corrected)
    assert found.sample is not None
    size = min(2 * measured.drawn, found.sample.pool)
    more = f"label more: llmops judge sample SUITE --n {size} -o labels.csv" if size > measured.drawn else "add cases"
    return state(gate, "unknown", f"{seen} cannot decide whether {wanted} holds (betting); {more}", measured.corrected)


def _too_little(gate: str, found: Evidence, measured: Calibration, terms: Terms) -> Decision | None:
    """Unknown, where the sample is missing or not labelled to the end, or too many verdicts are missing."""
    if found.sample is None:
        return state(gate, "unknown", f"{count(measured.labels, 'label')}, but of no random sample of this run: {HOW}")
    unlabelled = measured.drawn - measured.sampled
    if measured.sampled < 2 or unlabelled > terms.max_missing * measured.drawn:
        reason = f"{unlabelled:,} of {count(measured.drawn, 'drawn output')} have no label yet; label them and calibrate again"
        return state(gate, "unknown", reason)
    missing = found.failed + sum(one.value is None for one in found.judged)
    if missing > terms.max_missing * (found.failed + len(found.judged)):
        reason = f"{missing:,} of {found.failed + len(found.judged):,} verdicts are missing"
        return state(gate, "unknown", f"{reason}, more than {percent(terms.max_missing)}")
    return None


def _too_strange(gate: str, spec: GateSpec, measured: Calibration) -> Decision | None:
    """Unknown, where judge and people agree too little to trust what is made of both."""
    least = spec.min_kappa if spec.min_kappa is not None else LEAST_KAPPA
    if measured.kappa_interval is None:
        reason = (
            f"kappa cannot be told from {count(measured.labels, 'label')}: judge or people never differ; label more"
        )
        return state(gate, "unknown", reason, measured.corrected)
    low, high = measured.kappa_interval
    if low < least:
        reason = (
            f"judge and people agree with kappa {measured.kappa:.2f} ({low:.2f} to {high:.2f}), whose lower end is below "
            f"{least:g}; label more, or improve the judge"
        )
        return state(gate, "unknown", reason, measured.corrected)
    return None

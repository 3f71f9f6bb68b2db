"""A finished run's report as it stands: with what people have said about its outputs since.

The stored report never changes, and the first finished one decides. Labels are about that run's outputs and no second try:
gates that demand a measured judge are decided on them whenever the report is read or a promotion rests on it. Bets on
labels hold whenever one stops labelling, so adding labels is no second try either.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from llmops.domain.report import Decision, Report
from llmops.domain.run import Run
from llmops.domain.suite import GateSpec
from llmops.evals.gates.scores import Terms
from llmops.flows.evaluation.baselines import report_of
from llmops.storage.store import Store

if TYPE_CHECKING:
    from llmops.evals.calibration import Evidence, Judged, Output


def standing_report(store: Store, run: Run) -> Report | None:
    """The report of a run with agreement, corrected means and decisions as labels stand; None where it has none."""
    report = report_of(run)
    if report is None:
        return None
    found = gather(store, run, report)
    if not found:
        return report
    from llmops.evals.calibration import calibrate  # only where somebody has said something

    measured = [calibration for one in found.values() if (calibration := calibrate(one)) is not None]
    decisions = tuple(_anew(decision, found) for decision in report.decisions)
    return report.model_copy(update={"calibrations": tuple(measured), "decisions": decisions})


def gather(store: Store, run: Run, report: Report) -> "dict[str, Evidence]":
    """What people said about the outputs of a run, by scorer; one pass over its results, none where nobody said anything."""
    labels = store.labels.of_run(run.id)
    wanted = {label.scorer for label in labels}
    scores = {score.label: score for score in report.scores if score.label in wanted and score.range is not None}
    if not scores:
        return {}
    from llmops.evals.calibration import Evidence, first_outputs, order_outputs

    outputs, failed, judged = _read(store, run.id, scores)
    ordered = order_outputs(run.id, outputs)
    rank = {output.key: place for place, output in enumerate(ordered)}
    sample = store.labels.drawn(run.id)
    drawn = frozenset(output.key for output in first_outputs(ordered, sample.size if sample else 0))
    pool = frozenset(output.key for output in first_outputs(ordered, sample.pool if sample else 0))
    return {
        label: Evidence(
            scorer=label,
            identity=score.identity,
            direction=score.direction,
            span=score.range or (0.0, 1.0),
            judged=sorted(judged[label], key=lambda one: rank[one.output.key]),
            labels=[one for one in labels if one.scorer == label],
            sample=sample,
            failed=failed,
            drawn=drawn,
            pool=pool,
        )
        for label, score in scores.items()
    }


def _read(store: Store, run_id: str, labels: Collection[str]) -> "tuple[list[Output], int, dict[str, list[Judged]]]":
    """Outputs without their texts, how many failed, and what each scorer made of them."""
    from llmops.evals.calibration import Judged, Output, judge_of

    outputs: list[Output] = []
    judged: dict[str, list[Judged]] = {label: [] for label in labels}
    failed = 0
    for result in store.runs.results(run_id):
        if result.error is not None:
            failed += 1
            continue
        outputs.append(Output(result.case_id, result.repeat, result.cluster))
        for label, found in judged.items():
            if (one := judge_of(result, label)) is not None:
                found.append(one)
    return outputs, failed, judged


def _anew(decision: Decision, found: "dict[str, Evidence]") -> Decision:
    """A decision that can be decided anew, decided anew."""
    from llmops.evals.gates.calibrated import decide_calibrated

    if decision.asked is None:
        return decision
    spec = GateSpec.model_validate(decision.asked["gate"])
    terms = Terms(float(decision.asked["max_missing"]), float(decision.asked["beta"]))
    return decide_calibrated(decision.gate, spec, found.get(spec.scorer or ""), terms)

"""What the metrics say that were recorded in the run a model came from."""

from llmops.core.errors import NotFound
from llmops.core.names import did_you_mean
from llmops.domain.artifact import Version
from llmops.domain.model import ModelSpec
from llmops.domain.promotion import MetricGate
from llmops.domain.requirement import Requirement
from llmops.domain.run import Metric, Run
from llmops.storage.store import Store


def check_metrics(store: Store, target: Version, gates: tuple[MetricGate, ...]) -> list[Requirement]:
    """Say of each gate whether a model meets it, by the value logged last in its run; other kinds have no metrics.

    A metric is one number without an interval: it is compared as it stands. What is missing or no number is unknown, and does
    not pass.
    """
    if target.kind != "model" or not gates:
        return []
    run_id = ModelSpec.model_validate(target.content).run
    try:
        run = store.runs.get(run_id) if run_id else None
    except NotFound:
        run = None
    if run is None or run.id != run_id:
        told = f"its run {run_id} is not in this store" if run_id else "it came from no run"
        return [_unknown(gate, told) for gate in gates]
    (record,) = store.tracking.records([run])
    return [_check(gate, run, record.metrics) for gate in gates]


def _check(gate: MetricGate, run: Run, metrics: dict[str, Metric]) -> Requirement:
    found = metrics.get(gate.metric)
    if run.status == "running":
        return _unknown(gate, f"{run.id} has not ended", run)
    if run.status != "finished":
        return _refused(gate, f"{run.id} {'was interrupted' if run.status == 'interrupted' else run.status}", run)
    if found is None:
        near = did_you_mean(gate.metric, metrics) if metrics else "It has no metrics."
        return _unknown(gate, f"{run.id} has no metric {gate.metric!r}. {near}".strip(), run)
    if found.value is None:
        return _unknown(gate, f"{gate.metric} is not a number in {run.id}, at step {found.step}", run)
    passes = (gate.min is None or found.value >= gate.min) and (gate.max is None or found.value <= gate.max)
    detail = f"{found.value:g} at step {found.step} of {run.id}; it must be {gate}"
    if not passes:
        return _refused(gate, detail, run)
    return Requirement(name=_name(gate), state="met", detail=detail, evidence=run.id)


def _name(gate: MetricGate) -> str:
    return f"metric {gate.metric}"


def _refused(gate: MetricGate, detail: str, run: Run) -> Requirement:
    return Requirement(name=_name(gate), state="not met", detail=detail, command=f"llmops runs show {run.id}")


def _unknown(gate: MetricGate, detail: str, run: Run | None = None) -> Requirement:
    command = f"llmops runs show {run.id}" if run else "llmops model register FILE NAME --run RUN"
    return Requirement(name=_name(gate), state="unknown", detail=detail, command=command)

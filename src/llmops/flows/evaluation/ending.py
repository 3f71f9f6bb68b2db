"""How an evaluation ends in the store: with its report, and its means as metrics, so that it is searched as every run is."""

from datetime import datetime

from llmops.core.hashing import Json
from llmops.domain.report import Report
from llmops.domain.run import MetricPoint, Run, RunBatch, RunStatus
from llmops.storage.store import Store


def end_run(store: Store, run: Run, status: RunStatus, report: Report | None, now: datetime) -> None:
    """Say how a run ended, in one transaction; without a report nothing is known of it."""
    with store.transaction():
        if report is not None:
            store.tracking.record([measured(run, report, now)], now)
        store.runs.finish(run.id, status, None if report is None else report.model_dump(mode="json"), now)


def measured(run: Run, report: Report, now: datetime) -> RunBatch:
    """The means of the scorers as metrics (`metrics.contains`), and settings that are one word or number as parameters."""
    at = now.timestamp()
    points = {score.label: [MetricPoint(0, at, score.mean)] for score in report.scores if score.mean is not None}
    plain: dict[str, Json] = {
        key: value for key, value in run.parameters.items() if isinstance(value, (str, int, float))
    }
    return RunBatch(run.id, {key: str(value) for key, value in plain.items()}, points=points)

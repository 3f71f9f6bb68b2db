"""Records of trainings for tests."""

from datetime import timedelta

from llmops.domain.run import Metric, Run, RunRecord
from tests.support.examples import NOW


def make_record(
    number: int, params: dict[str, str], metrics: dict[str, float | None], *, points: int = 1, name: str = "baseline"
) -> RunRecord:
    """A finished training of the experiment `churn`."""
    run = Run(
        id=f"run-{number}",
        type="training",
        name=name,
        experiment="churn",
        status="finished",
        started_at=NOW + timedelta(minutes=number),
        refs={"commit": f"abc{number}"},
    )
    measured = {
        key: Metric(key=key, value=value, step=points - 1, at=NOW, lowest=value, highest=value, count=points)
        for key, value in metrics.items()
    }
    return RunRecord(run=run, params=params, metrics=measured)

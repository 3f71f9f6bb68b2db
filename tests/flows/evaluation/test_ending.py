"""How evaluations end in the store."""

from datetime import timedelta

from llmops.flows.evaluation.ending import end_run
from llmops.storage.store import Store
from tests.support.eval_runs import binary, report
from tests.support.examples import NOW, example_run


def test_the_means_become_metrics_and_the_report_the_summary(store: Store) -> None:
    run = example_run().model_copy(update={"parameters": {"target": "app/docs", "repeats": 1, "wide": {"a": 1}}})
    store.runs.start(run)
    found = report(binary(3, 1))
    end_run(store, run, "finished", found, NOW + timedelta(seconds=1))
    (record,) = store.tracking.records([store.runs.get(run.id)])
    assert {key: metric.value for key, metric in record.metrics.items()} == {s.label: s.mean for s in found.scores}
    assert record.params == {"target": "app/docs", "repeats": "1"}
    assert (record.run.status, record.run.summary) == ("finished", found.model_dump(mode="json"))


def test_without_a_report_there_are_no_metrics(store: Store) -> None:
    run = example_run()
    store.runs.start(run)
    end_run(store, run, "interrupted", None, NOW)
    (record,) = store.tracking.records([store.runs.get(run.id)])
    assert (record.run.status, record.metrics, record.params) == ("interrupted", {}, {})

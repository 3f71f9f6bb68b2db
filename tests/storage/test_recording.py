"""How a batch of a run is written: once, in order, to the run that is still that process's."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.domain.run import MetricPoint, RunBatch, RunEnding, RunFile
from llmops.storage.recording import number_of
from llmops.storage.store import Store
from tests.support.examples import NOW, example_run

HOLDER = "process 1 on here"
POINTS = st.lists(
    st.builds(MetricPoint, st.integers(0, 3), st.sampled_from([1.0, 2.0]), st.none() | st.just(0.5)),
    max_size=5,
    unique=True,
)


@pytest.mark.parametrize(("text", "number"), [("0.1", 0.1), ("1e3", 1000.0), ("nan", None), ("inf", None), ("x", None)])
def test_which_texts_are_numbers(text: str, number: float | None) -> None:
    assert number_of(text) == number


def test_a_file_that_was_kept_twice_is_the_later_one(store: Store) -> None:
    store.runs.start(example_run())
    files = [RunFile(path="a", digest=f"sha256:{number}", size=number) for number in (1, 2)]
    store.tracking.record([RunBatch("run-1", files=files)], NOW)
    (record,) = store.tracking.records(store.runs.runs())
    assert record.files == (files[1],)


def test_an_end_counts_for_the_process_that_holds_the_run(store: Store) -> None:
    store.runs.start(example_run().model_copy(update={"holder": HOLDER, "seen_at": NOW}))
    later = NOW + timedelta(seconds=5)
    for holder, status in (("process 2 on here", "running"), (HOLDER, "failed")):
        store.tracking.record([RunBatch("run-1", {"a": holder}, ending=RunEnding("failed", later, holder))], later)
        run = store.runs.get("run-1")
        assert run.status == status
    assert run.ended_at == later
    (record,) = store.tracking.records([run])
    assert record.params == {"a": HOLDER}


def test_what_comes_late_does_not_say_that_the_run_is_alive(store: Store) -> None:
    store.runs.start(example_run().model_copy(update={"holder": HOLDER, "seen_at": NOW}))
    store.tracking.record([RunBatch("run-1", {"a": "1"})], None)
    assert store.runs.get("run-1").seen_at == NOW


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=POINTS, more=POINTS, again=st.integers(1, 3))
def test_points_that_may_be_there_are_added_once(
    sqlite_store: Store, written: list[MetricPoint], more: list[MetricPoint], again: int
) -> None:
    if sqlite_store.runs.runs():
        sqlite_store.runs.remove("run-1")
    sqlite_store.runs.start(example_run())
    if written:
        sqlite_store.tracking.record([RunBatch("run-1", points={"loss": written})], NOW)
    late = [*written, *(point for point in more if point not in written)]
    for _ in range(again):
        sqlite_store.tracking.record([RunBatch("run-1", points={"loss": late} if late else {})], None)
    assert sqlite_store.tracking.history("run-1", "loss") == late
    (record,) = sqlite_store.tracking.records(sqlite_store.runs.runs())
    assert [metric.count for metric in record.metrics.values()] == ([len(late)] if late else [])


def test_late_points_of_two_metrics(store: Store) -> None:
    store.runs.start(example_run())
    old, new = [MetricPoint(0, 1.0, None)], [MetricPoint(1, 2.0, 0.5)]
    store.tracking.record([RunBatch("run-1", points={"loss": old})], NOW)
    store.tracking.record([RunBatch("run-1", points={"loss": [*old, *new], "auc": new})], None)
    assert store.tracking.history("run-1", "loss") == [*old, *new]
    assert store.tracking.history("run-1", "auc") == new

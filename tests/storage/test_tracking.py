"""What runs record: batches in, the same out, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import NotFound
from llmops.domain.run import Metric, MetricPoint, RunBatch, RunFile, RunRecord
from llmops.storage.store import Store
from tests.support.examples import NOW, example_run

NUMBERS = st.none() | st.floats(allow_nan=False)
POINTS = st.lists(st.builds(MetricPoint, st.integers(-5, 5), st.floats(0, 2e9), NUMBERS), min_size=1, max_size=6)


def record_of(store: Store, run_id: str = "run-1") -> RunRecord:
    (record,) = store.tracking.records([store.runs.get(run_id)])
    return record


def test_what_is_recorded_is_read_back(store: Store) -> None:
    store.runs.start(example_run())
    later = NOW + timedelta(seconds=1)
    file = RunFile(path="model.skops", digest="sha256:ab", size=3)
    points = {"auc": [MetricPoint(0, 1.0, 0.5), MetricPoint(1, 2.0, 0.75)]}
    store.tracking.record([RunBatch("run-1", {"lr": "0.1"}, {"team": "x"}, points, [file])], later)
    found = record_of(store)
    assert (found.params, found.tags, found.files) == ({"lr": "0.1"}, {"team": "x"}, (file,))
    at = datetime.fromtimestamp(2.0, UTC)
    assert found.metrics == {"auc": Metric(key="auc", value=0.75, step=1, at=at, lowest=0.5, highest=0.75, count=2)}
    assert found.run.seen_at == later
    assert store.tracking.history("run-1", "auc") == points["auc"]
    assert store.tracking.history("run-1", "none") == []


def test_values_are_replaced_and_tags_removed(store: Store) -> None:
    store.runs.start(example_run())
    for value in ("0.1", "0.2"):
        store.tracking.record([RunBatch("run-1", {"lr": value}, {"team": value})], NOW)
    store.tracking.remove_tag("run-1", "team")
    store.tracking.remove_tag("run-1", "team")
    assert (record_of(store).params, record_of(store).tags) == ({"lr": "0.2"}, {})


def test_a_run_that_was_removed_takes_nothing(store: Store) -> None:
    store.runs.start(example_run("run-2"))
    with pytest.raises(NotFound, match="there is no run 'run-1'") as caught:
        store.tracking.record([RunBatch("run-2", {"a": "1"}), RunBatch("run-1")], NOW)
    assert "start another one" in (caught.value.hint or "")
    assert record_of(store, "run-2").params == {}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.dictionaries(st.sampled_from(["a", "b", "ü/%"]), POINTS, max_size=2), min_size=1, max_size=4)
)
def test_a_summary_is_that_of_all_points(store: Store, batches: list[dict[str, list[MetricPoint]]]) -> None:
    if store.runs.runs():
        store.runs.remove("run-1")
    store.runs.start(example_run())
    everything: dict[str, list[MetricPoint]] = {}
    for points in batches:
        store.tracking.record([RunBatch("run-1", points=points)], NOW)
        for key, new in points.items():
            everything.setdefault(key, []).extend(new)
    found = record_of(store).metrics
    assert set(found) == set(everything)
    for key, logged in everything.items():
        assert store.tracking.history("run-1", key) == logged
        numbers = [point.value for point in logged if point.value is not None]
        top = max((point.step, point.at) for point in logged)
        assert (found[key].step, found[key].count) == (top[0], len(logged))
        assert found[key].value in {point.value for point in logged if (point.step, point.at) == top}
        assert (found[key].lowest, found[key].highest) == (min(numbers, default=None), max(numbers, default=None))


def test_the_files_of_all_runs_are_listed(store: Store) -> None:
    for number in (1, 2):
        store.runs.start(example_run(f"run-{number}"))
        file = RunFile(path="a", digest=f"sha256:{number}", size=number)
        store.tracking.record([RunBatch(f"run-{number}", files=[file])], NOW)
    assert [file.size for file in store.tracking.files()] == [1, 2]


def test_curves_of_several_runs_are_thinned_and_keep_their_last_point(store: Store) -> None:
    for run_id, count in (("run-1", 3), ("run-2", 1000)):
        store.runs.start(example_run(run_id))
        points = [MetricPoint(step, 1.0, float(step)) for step in range(count)]
        store.tracking.record([RunBatch(run_id, points={"loss": points, "other": points})], NOW)
    found = store.tracking.curves(["run-1", "run-2", "run-3"], "loss", 100)
    assert found["run-1"] == [(0, 0.0), (1, 1.0), (2, 2.0)]
    assert [step for step, _ in found["run-2"]] == [*range(0, 1000, 10), 999]
    assert set(found) == {"run-1", "run-2"}

"""Runs go to MLflow and come back; against MLflow itself where it is installed."""

import importlib.util
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmops.core.errors import InputError, NotFound, OutsideError
from llmops.flows.mlflow_exchange import _SETTINGS, ID_TAG, PREFIX, export_mlflow, import_mlflow
from llmops.storage.store import Store
from tests.support.recording import make_recorder

has_mlflow = importlib.util.find_spec("mlflow") is not None
with_mlflow = pytest.mark.skipif(not has_mlflow, reason="mlflow is not installed")


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty SQLite database of MLflow, with its files beside it."""
    for key, value in _SETTINGS.items():
        monkeypatch.setenv(key, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own
        yield f"sqlite:///{tmp_path / 'mlflow.db'}"


def client_of(uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


def make_there(uri: str, tmp_path: Path) -> str:
    """A run as MLflow's users record it."""
    client = client_of(uri)
    experiment = client.create_experiment("churn", artifact_location=(tmp_path / "there").as_uri())
    parent = client.create_run(experiment, run_name="search", start_time=1_000)
    client.set_terminated(parent.info.run_id, "KILLED", end_time=2_000)
    run_id: str = client.create_run(
        experiment, run_name="small", start_time=1_500_000_000_000, tags={"mlflow.parentRunId": parent.info.run_id}
    ).info.run_id
    client.log_param(run_id, "lr", "0.1")
    for step, value in enumerate((0.5, math.nan, 0.25)):
        client.log_metric(run_id, "loss", value, timestamp=1_500_000_000_000 + step, step=step)
    (tmp_path / "model.txt").write_text("weights")
    client.log_artifact(run_id, str(tmp_path / "model.txt"), "models/best")
    client.create_run(experiment, run_name="going on")
    client.set_terminated(run_id, "FINISHED", end_time=1_500_000_060_000)
    return run_id


@with_mlflow
def test_runs_of_mlflow_are_taken_in_once(uri: str, tmp_path: Path, store: Store) -> None:
    there = make_there(uri, tmp_path)
    done = import_mlflow(store, uri, ["churn"])
    assert sorted(name for _, name in done.new) == ["search", "small"]
    assert len(done.remarks) == 1
    assert "is running and was left out" in done.remarks[0]
    (found,) = store.tracking.records([store.runs.get(PREFIX + there)])
    assert (found.run.name, found.run.experiment, found.run.status) == ("small", "churn", "finished")
    assert store.runs.get(found.run.parent).status == "interrupted"
    assert found.run.started_at.timestamp() == 1_500_000_000
    assert found.params == {"lr": "0.1"}
    assert [(point.step, point.value) for point in store.tracking.history(found.run.id, "loss")] == [
        (0, 0.5),
        (1, None),
        (2, 0.25),
    ]
    (file,) = found.files
    assert (file.path, store.blobs.get(file.digest)) == ("models/best/model.txt", b"weights")
    again = import_mlflow(store, uri)
    assert (again.new, again.known) == ([], 2)


@with_mlflow
def test_a_run_goes_to_mlflow_and_is_known_when_it_comes_back(uri: str, store: Store, tmp_path: Path) -> None:
    client_of(uri).create_experiment("churn", artifact_location=(tmp_path / "there").as_uri())
    with make_recorder(store) as outer, make_recorder(store, "inner", parent=outer.id) as run:
        run.log_param("lr (max)", 0.1)
        for step in range(1500):
            run.log_metric("loss", math.nan if step == 1 else 1 / (step + 1))
        run.log_text("hello", "notes/a.txt")
        inner = run.id
    runs = store.runs.runs()
    assert len(export_mlflow(store, uri, runs).new) == 2
    again = export_mlflow(store, uri, runs)
    assert (again.new, again.known) == ([], 2)
    client = client_of(uri)
    experiment = client.get_experiment_by_name("churn").experiment_id
    (found,) = client.search_runs([experiment], f"tags.`{ID_TAG}` = '{inner}'")
    assert (found.info.run_name, found.info.status) == ("inner", "FINISHED")
    assert found.data.params == {"lr _max_": "0.1"}
    assert client.get_run(found.data.tags["mlflow.parentRunId"]).info.run_name == "baseline"
    history = sorted(client.get_metric_history(found.info.run_id, "loss"), key=lambda metric: metric.step)
    assert (len(history), history[0].value, math.isnan(history[1].value)) == (1500, 1.0, True)
    assert [file.path for file in client.list_artifacts(found.info.run_id, "notes")] == ["notes/a.txt"]
    back = import_mlflow(store, uri)
    assert (back.new, back.known) == ([], 2)


@with_mlflow
def test_a_folder_of_mlflow_is_read(uri: str, tmp_path: Path, store: Store) -> None:
    folder = (tmp_path / "mlruns").as_uri()
    assert uri
    there = make_there(folder, tmp_path)
    assert len(import_mlflow(store, folder, files=False).new) == 2
    (found,) = store.tracking.records([store.runs.get(PREFIX + there)])
    assert (found.params, found.files) == ({"lr": "0.1"}, ())


@with_mlflow
def test_what_goes_wrong_is_told(uri: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    client_of(uri).create_experiment("churn")
    with pytest.raises(NotFound, match="has no experiment 'chrn'") as caught:
        import_mlflow(store, uri, ["chrn"])
    assert "churn" in (caught.value.hint or "")
    with pytest.raises(OutsideError, match="MLflow at nonsense") as failed:
        import_mlflow(store, "nonsense://x")
    assert "sqlite:///mlflow.db" in (failed.value.hint or "")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(OutsideError, match="MLflow at http://127"):
        import_mlflow(store, "http://127.0.0.1:1")


@pytest.mark.skipif(has_mlflow, reason="mlflow is installed")
def test_where_mlflow_is_not_installed_it_is_named(store: Store) -> None:
    with pytest.raises(InputError, match="MLflow is not installed") as caught:
        import_mlflow(store, "sqlite:///mlflow.db")
    assert "pip install mlflow" in (caught.value.hint or "")

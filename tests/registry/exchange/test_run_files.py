"""Runs by themselves, from one store to another."""

import json
import tarfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.errors import InputError, InvalidFile, NotFound
from llmops.registry.exchange.importing import import_export
from llmops.registry.exchange.run_files import export_runs, is_archive
from llmops.storage.store import Store, open_store
from tests.support.eval_runs import binary, report
from tests.support.examples import NOW, example_run


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    store = open_store("sqlite:///other.db", root=tmp_path)
    yield store
    store.close()


def add(store: Store, run_id: str, baseline: str = "") -> None:
    rows = binary(7, 3)
    store.runs.start(example_run(run_id))
    store.runs.add_results(run_id, rows)
    summary = report(rows, run_id=run_id).model_dump(mode="json")
    if baseline:
        summary["comparison"] = {"baseline": "production", "baseline_run": baseline, "differences": [], "notes": []}
    store.runs.finish(run_id, "finished", summary, NOW + timedelta(hours=1))


def test_runs_arrive_whole_with_their_baselines_and_only_once(store: Store, other: Store, tmp_path: Path) -> None:
    add(store, "run-1")
    add(store, "run-2", baseline="run-1")
    done = export_runs(store, tmp_path / "runs.tar.gz", ["run-2"])
    assert done.runs == ("run-1", "run-2")
    taken = import_export(other, done.path)
    assert taken.digest == done.digest
    assert [(run.id, run.created) for run in taken.runs] == [("run-1", True), ("run-2", True)]
    assert other.runs.get("run-2") == store.runs.get("run-2")
    assert list(other.runs.results("run-2")) == list(store.runs.results("run-2"))
    assert [run.created for run in import_export(other, done.path).runs] == [False, False]


def test_a_changed_byte_is_noticed_and_nothing_is_written(store: Store, other: Store, tmp_path: Path) -> None:
    add(store, "run-1")
    folder = tmp_path / "runs.tar"
    export_runs(store, folder, ["run-1"])
    with tarfile.open(folder) as archive:
        archive.extractall(tmp_path / "open", filter="data")
    results = tmp_path / "open" / "runs" / "run-1.results.jsonl"
    results.write_text(results.read_text().replace('"value":0.0', '"value":1.0', 1))
    with pytest.raises(InvalidFile, match=r"run-1\.results\.jsonl"):
        import_export(other, tmp_path / "open")
    assert other.runs.runs() == []


def test_the_same_runs_are_the_same_bytes(store: Store, tmp_path: Path) -> None:
    add(store, "run-1")
    digests = {export_runs(store, tmp_path / f"{name}.tar", ["run-1"]).digest for name in "ab"}
    assert len(digests) == 1
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_only_finished_runs_travel(store: Store, tmp_path: Path) -> None:
    store.runs.start(example_run("run-3"))
    with pytest.raises(InputError, match="run run-3 is running; only finished runs") as caught:
        export_runs(store, tmp_path / "runs.tar", ["run-3"])
    assert "runs list --status finished" in caught.value.hint
    with pytest.raises(NotFound, match="there is no run 'run-4'"):
        export_runs(store, tmp_path / "runs.tar", ["run-4"])
    assert not (tmp_path / "runs.tar").exists()


def test_a_baseline_that_is_gone_stays_behind(store: Store, tmp_path: Path) -> None:
    add(store, "run-2", baseline="run-1")
    assert export_runs(store, tmp_path / "runs.tar", ["run-2"]).runs == ("run-2",)
    assert json.loads(store.runs.get("run-2").model_dump_json())["summary"]["comparison"]["baseline_run"] == "run-1"


def test_archives_are_told_from_reports_by_their_names() -> None:
    assert [is_archive(Path(name)) for name in ("a.tar", "a.TAR.GZ", "a.tgz", "a.html")] == [True, True, True, False]

"""Labels of people travel with the runs that they are about."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.errors import Conflict, InvalidFile
from llmops.core.hashing import Json
from llmops.domain.calibration import Label, LabelSample
from llmops.registry.exchange.importing import import_export
from llmops.registry.exchange.run_files import export_runs
from llmops.storage.store import Store, open_store
from tests.support.eval_runs import binary, report
from tests.support.examples import NOW, example_run
from tests.support.exports import relist, spoil

PATH = "runs/run-1.labels.json"
SAMPLE = LabelSample(run_id="run-1", size=4, pool=8, at=NOW)


def label(case: str, value: float = 1.0) -> Label:
    return Label(run_id="run-1", scorer="contains", identity="sha256:1", case_id=case, who="ada", value=value, at=NOW)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    store = open_store("sqlite:///other.db", root=tmp_path)
    yield store
    store.close()


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    """An export of a run of ten cases, two of them labelled."""
    rows = binary(7, 3)
    store.runs.start(example_run("run-1"))
    store.runs.add_results("run-1", rows)
    store.runs.finish(
        "run-1", "finished", report(rows, run_id="run-1").model_dump(mode="json"), NOW + timedelta(hours=1)
    )
    store.labels.draw(SAMPLE)
    store.labels.add([label(rows[0].case_id), label(rows[1].case_id, 0.0)])
    return export_runs(store, tmp_path / "out", ["run-1"]).path


def test_labels_and_samples_arrive_once(store: Store, other: Store, folder: Path) -> None:
    assert import_export(other, folder, dry_run=True).labels == 2
    assert other.runs.runs() == []
    assert import_export(other, folder).labels == 2
    assert other.labels.of_run("run-1") == store.labels.of_run("run-1")
    assert other.labels.samples("run-1") == [SAMPLE]
    assert import_export(other, folder).labels == 0


def test_labels_of_a_run_that_is_there_are_added(store: Store, other: Store, folder: Path, tmp_path: Path) -> None:
    import_export(other, folder)
    third = list(store.runs.results("run-1"))[2].case_id
    store.labels.add([label(third)])
    taken = import_export(other, export_runs(store, tmp_path / "later.tar.gz", ["run-1"]).path)
    assert [(run.created, run.labels) for run in taken.runs] == [(False, 1)]
    assert len(other.labels.of_run("run-1")) == 3


def test_another_opinion_or_another_sample_is_refused_and_nothing_is_written(
    store: Store, other: Store, folder: Path, tmp_path: Path
) -> None:
    import_export(other, folder)
    first, second = store.labels.of_run("run-1")
    store.labels.add([first.model_copy(update={"value": 1.0 - first.value})], replace=True)
    store.labels.add([label(list(store.runs.results("run-1"))[2].case_id)])
    said = rf"run run-1 in the store are not those in the export: ada said {first.value:g} about case '{first.case_id}'"
    with pytest.raises(Conflict, match=said) as caught:
        import_export(other, export_runs(store, tmp_path / "b", ["run-1"]).path)
    assert "--replace" in caught.value.hint
    assert other.labels.of_run("run-1") == [first, second]
    drawn_elsewhere = open_store("sqlite:///third.db", root=tmp_path)
    drawn_elsewhere.runs.start(store.runs.get("run-1"))
    drawn_elsewhere.runs.add_results("run-1", list(store.runs.results("run-1")))
    drawn_elsewhere.labels.draw(SAMPLE.model_copy(update={"pool": 5}))
    with pytest.raises(Conflict, match="other outputs were drawn to be labelled") as sampled:
        import_export(drawn_elsewhere, folder)
    assert "go on labelling in one of them" in sampled.value.hint
    drawn_elsewhere.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"case_id": "other"}, "the run has no case 'other' with repeat 0"),
        ({"repeat": 3}, "with repeat 3"),
        ({"run_id": "run-2"}, "it speaks of the run run-2"),
        ({"at": "2026-01-01T00:00:00"}, "a time has no time zone"),
        ({"mood": "good"}, "this is no RunLabels: labels.0.mood"),
    ],
)
def test_labels_of_something_else_are_refused(
    other: Store, folder: Path, change: dict[str, Json], message: str
) -> None:
    spoil(folder, PATH, lambda value: {**value, "labels": [{**value["labels"][0], **change}]})
    with pytest.raises(InvalidFile, match=message):
        import_export(other, folder)
    assert other.runs.runs() == []


def test_labels_without_their_run_are_refused(other: Store, folder: Path) -> None:
    for name in ("run-1.json", "run-1.results.jsonl"):
        (folder / "runs" / name).unlink()
    relist(folder)
    with pytest.raises(InvalidFile, match="there are labels without their run"):
        import_export(other, folder)


def test_a_run_without_labels_has_no_file_of_them(store: Store, tmp_path: Path) -> None:
    rows = binary(7, 3)
    store.runs.start(example_run("run-1"))
    store.runs.add_results("run-1", rows)
    store.runs.finish(
        "run-1", "finished", report(rows, run_id="run-1").model_dump(mode="json"), NOW + timedelta(hours=1)
    )
    assert not (export_runs(store, tmp_path / "out", ["run-1"]).path / PATH).exists()

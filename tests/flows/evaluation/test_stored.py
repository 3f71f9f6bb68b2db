"""Stored runs against each other, and over time."""

import io
from datetime import timedelta
from pathlib import Path

import pytest

from llmops.core.errors import InputError, NotFound
from llmops.domain.evaluation import CaseResult
from llmops.evals.compare import compare_runs
from llmops.evals.reports.html_report import write_html
from llmops.flows.evaluation.stored import StoredScores, compare_stored, compared_dossier, finished_run, history_of
from llmops.storage.store import Store
from tests.support.eval_runs import baseline, binary, loaded, observed, report, result
from tests.support.examples import NOW, example_run
from tests.support.promotions import Stage


def add(
    store: Store, run_id: str, rows: list[CaseResult], *, day: int = 0, app: str = "sha256:ab", **facts: str
) -> None:
    run = example_run(run_id, started_at=NOW + timedelta(days=day))
    target = facts.pop("target", "app/docs")
    refs = {"app": app, "dataset": facts.pop("dataset", "sha256:d")}
    store.runs.start(run.model_copy(update={"refs": refs, "parameters": {"target": target}}))
    store.runs.add_results(run_id, rows)
    found = report(rows, run_id=run_id, target=target, refs=refs)
    store.runs.finish(run_id, "finished", found.model_dump(mode="json"), NOW)


def compared(store: Store, *ids: str) -> list[str]:
    found = compare_stored(store, [finished_run(store, name) for name in ids])
    return [difference.conclusion for comparison in found for difference in comparison.differences]


def test_it_says_what_a_comparison_while_evaluating_says(sqlite_store: Store) -> None:
    before, after = binary(30, 30), binary(50, 10)
    add(sqlite_store, "run-1", before)
    add(sqlite_store, "run-2", after)
    (found,) = compare_stored(sqlite_store, [finished_run(sqlite_store, name) for name in ("run-1", "run-2")])
    live = compare_runs(observed(after), baseline(before), [loaded()])
    assert found.differences == live.differences
    assert (found.baseline, found.baseline_run, found.notes) == ("app/docs", "run-1", ())


def test_stored_scores_are_those_of_the_results(store: Store) -> None:
    rows = [result(f"c{i % 5}", i / 20, repeat=i // 5, cluster=f"k{i % 2}") for i in range(20)]
    rows += [result("missing", None), result("lost", error="x")]
    add(store, "run-1", rows)
    found = finished_run(store, "run-1")
    assert StoredScores(store, found).scores("contains") == observed(rows).scores("contains")


def test_stored_scores_of_cases_asked_once_are_those_of_the_results(store: Store) -> None:
    """Whatever the order of their names; a case without a score is left out with its cluster."""
    rows = [result(f"c{i * 7 % 20:02}", i / 20, cluster=f"k{i % 3}") for i in range(20)]
    add(store, "run-1", rows)
    add(store, "run-2", [*rows, result("c03-missing", None), result("a-lost", error="x")])
    for run_id in ("run-1", "run-2"):
        assert StoredScores(store, finished_run(store, run_id)).scores("contains") == observed(rows).scores("contains")


def test_several_runs_are_compared_with_the_first(sqlite_store: Store) -> None:
    for name, passes in (("run-1", 30), ("run-2", 55), ("run-3", 5)):
        add(sqlite_store, name, binary(passes, 60 - passes))
    assert compared(sqlite_store, "run-1", "run-2", "run-3") == ["better", "worse"]
    with pytest.raises(InputError, match="needs two runs"):
        compared(sqlite_store, "run-1")
    with pytest.raises(InputError, match="a run stands here twice"):
        compared(sqlite_store, "run-1", "run-1")


def test_what_stands_in_the_way_is_said(sqlite_store: Store) -> None:
    add(sqlite_store, "run-1", [result("a", 1.0)], dataset="sha256:other")
    add(sqlite_store, "run-2", [result("b", 1.0)])
    (found,) = compare_stored(sqlite_store, [finished_run(sqlite_store, name) for name in ("run-1", "run-2")])
    assert found.differences == ()
    assert "the two runs have no case with the same scorer in common: nothing was compared" in found.notes
    assert "the data sets differ: cases are paired by their ids" in found.notes
    sqlite_store.runs.start(example_run("run-3"))
    with pytest.raises(NotFound, match="run run-3 is running and has no report"):
        finished_run(sqlite_store, "run-3")


def test_a_page_about_two_runs_has_both_answers(sqlite_store: Store, tmp_path: Path) -> None:
    add(sqlite_store, "run-1", [result(f"c{i}", 1.0, output="before") for i in range(12)])
    add(sqlite_store, "run-2", [result(f"c{i}", 0.0, output="after") for i in range(12)])
    services = Stage(sqlite_store, tmp_path).services
    runs = [finished_run(sqlite_store, name) for name in ("run-1", "run-2")]
    dossier = compared_dossier(services, runs[1], compare_stored(sqlite_store, runs)[0])
    assert next(iter((dossier.baseline or dossier.results)())).output == "before"
    stream = io.StringIO()
    write_html(dossier, stream)
    assert "Against app/docs" in stream.getvalue()
    assert "llmops runs compare run-1 run-2" in stream.getvalue()


def test_the_past_of_a_suite_is_told_by_version(sqlite_store: Store, tmp_path: Path) -> None:
    stage = Stage(sqlite_store, tmp_path)
    version = stage.app()
    add(sqlite_store, "run-2", binary(3, 1), day=2, app=version.digest)
    add(sqlite_store, "run-1", binary(3, 1), day=1)
    add(sqlite_store, "run-3", binary(3, 1), day=3, target="python:desk:answer")
    sqlite_store.runs.start(example_run("run-4", started_at=NOW + timedelta(days=4)))
    history = history_of(stage.services, "docs")
    assert [past.report.run_id for past in history] == ["run-1", "run-2", "run-3"]
    assert [past.version for past in history] == ["app/docs", "app/docs@1", "python:desk:answer"]
    assert len(history_of(stage.services, "docs", target="app/docs", limit=1)) == 1
    with pytest.raises(NotFound, match="suite 'chat' has no finished run"):
        history_of(stage.services, "chat")
    with pytest.raises(NotFound, match="no run of 'docs' was scored with 'contain'") as caught:
        history_of(stage.services, "docs", scorers=["contain"])
    assert "contains" in caught.value.hint

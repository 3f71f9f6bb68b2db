"""From a suite to a report."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError, InvalidFile
from llmops.flows.evaluation.options import EvalOptions


def test_repeats_are_separate_answers(ready: Path) -> None:
    with llmops.open(ready) as ws:
        report = ws.eval("docs", repeats=2)
        assert (report.cases, report.repeats) == (12, 2)
        assert report.cached == 0


def test_the_baseline_is_evaluated_first_where_no_run_is_stored(ready: Path) -> None:
    with llmops.open(ready) as ws:
        ws.promote("app/docs@1", to="production")
        report = ws.eval("docs", compare="production")
        assert report.comparison is not None
        assert report.comparison.baseline_run != report.run_id
        assert {
            difference.conclusion for difference in report.comparison.differences if difference.label != "latency"
        } == {"equivalent"} or all(
            difference.mean == 0 for difference in report.comparison.differences if difference.label != "latency"
        )
        again = ws.eval("docs", compare="production")
        assert again.comparison is not None
        assert len(ws.store.runs.runs()) == 3


def test_a_relative_gate_without_a_holder_has_no_baseline(ready: Path) -> None:
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text() + "  - {scorer: contains, no_worse_than: production, margin: 0.1}\n")
    with llmops.open(ready) as ws:
        decision = ws.eval("docs").decisions[-1]
        assert decision.outcome == "pass"
        assert "no baseline" in decision.reason


def test_a_gate_on_an_unknown_scorer_is_found_before_anything_runs(ready: Path) -> None:
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text() + "  - {scorer: containz, min: 0.5}\n")
    with llmops.open(ready) as ws:
        with pytest.raises(InputError, match="containz"):
            ws.evaluate("docs", EvalOptions())
        assert ws.store.runs.runs() == []


def test_scorers_of_single_cases_have_rows_of_their_own(ready: Path) -> None:
    (ready / "evals" / "data" / "own.jsonl").write_text(
        '{"id": "a", "inputs": {"question": "How long?"}, "scorers": [{"contains": {"name": "own", "value": "e"}}]}\n'
        '{"id": "b", "inputs": {"question": "When?"}, "scorers": [{"contains": {"name": "own", "value": "zzz"}}, "is_json"]}\n'
        '{"id": "c", "inputs": {"question": "Why?"}}\n'
    )
    (ready / "evals" / "own.yaml").write_text(
        "target: {app: docs}\ndataset: evals/data/own.jsonl\nscorers: [latency]\ngates: [{scorer: own, min: 0.1}]\n"
    )
    with llmops.open(ready) as ws:
        report = ws.eval("own")
        rows = {score.label: score for score in report.scores}
        assert list(rows) == ["latency", "is_json", "own"]
        assert (rows["own"].n, rows["own"].missing, rows["own"].not_applicable) == (2, 0, 1)
        assert (rows["is_json"].n, rows["is_json"].mean) == (1, 0.0)
        assert report.decisions[0].gate.startswith("own")
        stored = {result.case_id: result for result in ws.store.runs.results(report.run_id)}
        assert stored["c"].scores["own"].reason == "the case brings no such scorer"
        assert stored["b"].scores["own"].value == 0.0


def test_a_scorer_of_a_case_is_checked_when_its_dataset_is_registered(ready: Path) -> None:
    path = ready / "evals" / "data" / "own.jsonl"
    path.write_text('\n{"id": "a", "inputs": {"question": "How?"}, "scorers": ["conatins"]}\n')
    with (
        llmops.open(ready) as ws,
        pytest.raises(InvalidFile, match=r"evals/data/own\.jsonl:2: there is no scorer") as caught,
    ):
        ws.register()
    assert caught.value.hint == "Did you mean 'contains'?"

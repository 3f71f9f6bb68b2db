"""From a suite to a report."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InputError
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

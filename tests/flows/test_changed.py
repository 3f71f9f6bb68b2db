"""Changed suites: what counts already is not run again."""

from pathlib import Path

import pytest

import llmops
from llmops.core.names import parse_ref
from llmops.flows.changed import Standing, find_standing
from llmops.flows.evaluation.options import EvalOptions
from llmops.workspace.workspace import Workspace
from tests.support.workspaces import llmops as command


def standing(ws: Workspace, options: EvalOptions | None = None) -> Standing:
    return find_standing(ws.services, parse_ref("docs", "suite"), options or EvalOptions())


def test_a_suite_counts_until_something_that_it_rests_on_changes(ready: Path) -> None:
    with llmops.open(ready) as ws:
        assert standing(ws) == Standing(None, "no finished run on the current digests")
        report = ws.eval("docs")
        found = standing(ws)
        assert found.report == report
        assert found.reason.startswith(f"{report.run_id} of ")
        prompt = next((ready / "prompts").glob("*.md"))
        prompt.write_text(prompt.read_text() + "Be brief.\n")
        assert standing(ws).report is None


@pytest.mark.parametrize("options", [EvalOptions(limit=3), EvalOptions(repeats=2)])
def test_what_would_be_another_run_is_run(ready: Path, options: EvalOptions) -> None:
    with llmops.open(ready) as ws:
        ws.eval("docs")
        assert standing(ws, options).report is None


def test_a_limited_run_does_not_count(ready: Path) -> None:
    with llmops.open(ready) as ws:
        report = ws.eval("docs", limit=3)
        assert standing(ws).reason == f"{report.run_id} does not count: it asked only 3 cases (--limit)"


def test_another_baseline_is_another_comparison(ready: Path) -> None:
    with llmops.open(ready) as ws:
        ws.promote("app/docs@1", to="production")
        compared = EvalOptions(compare="production")
        ws.evaluate("docs", compared)
        assert standing(ws, compared).report is not None
        app = ready / "apps" / "docs.yaml"
        app.write_text(app.read_text().replace("min_similarity: 0.0", "min_similarity: 0.9"))
        ws.register()
        ws.promote("app/docs@2", to="production")
        app.write_text(app.read_text().replace("min_similarity: 0.9", "min_similarity: 0.0"))
        found = standing(ws, compared)
        assert found.report is None
        assert found.reason.endswith("what it is compared with, production, has changed")


def test_the_exit_code_is_that_of_the_stored_report(ready: Path) -> None:
    suite = ready / "evals" / "docs.yaml"
    first = command("eval", "docs", "--json")
    again = command("eval", "--changed", "--json")
    assert again.code == first.code
    assert again.out == first.out
    assert "docs: skipped, run-" in again.err
    suite.write_text(suite.read_text() + "  - {error_rate: 0.9}\n")
    third = command("eval", "--changed", "--json")
    assert "docs: evaluated, no finished run on the current digests" in third.err

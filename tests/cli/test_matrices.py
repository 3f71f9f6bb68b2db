"""`llmops eval` on several targets."""

import json
from pathlib import Path

from tests.support.workspaces import llmops, ready, workspace

__all__ = ["ready", "workspace"]

MODELS = ("--model", "offline/extractive", "--model", "offline/echo")


def test_several_models_are_one_overview_and_one_exit_code(ready: Path) -> None:
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text() + "  - {scorer: contains, min: 0.99}\n")
    said = llmops("eval", "docs", *MODELS, "--report", "m.html", "--junit", "m.xml")
    assert said.code == 1
    assert "docs on 2 targets" in said.out
    assert "app/docs with offline/echo" in said.out
    assert "Holm's correction is over all 4 differences" in said.out
    assert "app/docs with offline/echo (2 of 2)" in said.err
    assert "Report written to m.html" in said.err
    assert (ready / "m.html").exists()
    assert (ready / "m.xml").read_text().count("<testsuite ") == 4


def test_json_has_one_matrix(ready: Path) -> None:
    said = llmops("eval", "docs", *MODELS, "--json")
    (matrix,) = json.loads(said.out)
    assert [cell["target"] for cell in matrix["cells"]] == [
        "app/docs with offline/extractive",
        "app/docs with offline/echo",
    ]


def test_a_cell_without_a_report_ends_with_3(ready: Path) -> None:
    settings = ready / "llmops.toml"
    settings.write_text(settings.read_text() + '\n[connections.gone]\napi_base = "http://127.0.0.1:9/v1"\n')
    said = llmops("eval", "docs", "--model", "offline/echo", "--model", "gone/m", "--limit", "2")
    assert said.code == 3
    assert "app/docs with gone/m: http://127.0.0.1:9/v1 was not reached" in said.out

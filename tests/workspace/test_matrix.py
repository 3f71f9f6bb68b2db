"""Several targets, from Python."""

from pathlib import Path

import llmops
from llmops.flows.evaluation.options import EvalOptions
from llmops.workspace.matrix import evaluate_matrix, plan_matrix, save
from tests.support.workspaces import ready, workspace

__all__ = ["ready", "workspace"]


def test_a_cell_that_fails_leaves_the_others_alone(ready: Path) -> None:
    settings = ready / "llmops.toml"
    settings.write_text(settings.read_text() + '\n[connections.gone]\napi_base = "http://127.0.0.1:9/v1"\n')
    with llmops.open(ready) as ws:
        matrix = evaluate_matrix(ws, "docs", models=["gone/m", "offline/echo", "offline/extractive"])
        assert [cell.target for cell in matrix.cells] == [
            "app/docs with gone/m",
            "app/docs with offline/echo",
            "app/docs with offline/extractive",
        ]
        assert "http://127.0.0.1:9/v1 was not reached" in matrix.cells[0].error
        assert matrix.failed
        assert matrix.baseline == "app/docs with offline/echo"
        assert matrix.cells[2].comparison is not None
        save(ws, matrix, [ready / "m.md"], junit=ready / "m.xml", allow_unknown=False)
    assert "gone/m" in (ready / "m.md").read_text()
    assert "<error" in (ready / "m.xml").read_text()


def test_a_run_that_goes_on_is_one_cell(ready: Path) -> None:
    with llmops.open(ready) as ws:
        (cell,) = plan_matrix(ws, "docs", EvalOptions(resume="run-1"))
        assert cell.options.resume == "run-1"

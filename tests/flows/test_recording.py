"""Recording from a workspace, as its user does."""

from pathlib import Path

import pytest

import llmops
from tests.support.workspaces import llmops as said


def test_a_run_is_recorded_in_the_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with llmops.open(tmp_path) as ws:
        with ws.run("baseline", experiment="churn", tags={"team": "x"}) as run:
            run.log_metric("auc", 0.91, step=3)
            with ws.run("fold-1", parent=run) as fold:
                fold.log_metric("auc", 0.9)
        assert "Created sqlite:///" in capsys.readouterr().err
        inner, outer = ws.store.tracking.records(ws.store.runs.runs())
    assert (inner.run.parent, inner.run.experiment) == (outer.run.id, "churn")
    assert (outer.metrics["auc"].value, outer.metrics["auc"].step, outer.tags) == (0.91, 3, {"team": "x"})
    assert outer.run.status == inner.run.status == "finished"


def test_an_experiment_is_called_like_the_run_where_none_is_named(tmp_path: Path) -> None:
    with llmops.open(tmp_path) as ws:
        with ws.run("baseline"):
            pass
        assert ws.store.runs.runs()[0].experiment == "baseline"


def test_the_command_line_shows_what_was_recorded(tmp_path: Path) -> None:
    with llmops.open(tmp_path) as ws, ws.run("baseline") as run:
        run.log_metric("auc", 0.91)
        run_id = run.id
    assert run_id in said("runs", "list", "--type", "training", cwd=tmp_path).out
    assert "value: 0.91" in said("runs", "show", run_id, cwd=tmp_path).out
    assert '"value": 0.91' in said("runs", "show", run_id, "--json", cwd=tmp_path).out

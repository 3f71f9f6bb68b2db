"""runs export and import."""

import importlib.util
import json
from pathlib import Path

import pytest

import llmops as library
from tests.support.workspaces import llmops


def test_runs_travel_as_a_file(ready: Path) -> None:
    llmops("eval", "docs")
    run = json.loads(llmops("runs", "list", "--json").out)[0]["id"]
    said = llmops("runs", "export", run, "-o", "runs.tar.gz")
    assert said.code == 0
    assert llmops("runs", "delete", run, "--yes").code == 0
    assert "1 runs would be new" in llmops("runs", "import", "runs.tar.gz", "--dry-run").err
    taken = json.loads(llmops("runs", "import", "runs.tar.gz", "--json").out)
    assert taken["digest"] == said.out.strip()
    assert taken["runs"] == [{"id": run, "suite": "docs", "created": True, "labels": 0}]
    assert "contains" in llmops("runs", "show", run).out


def test_labels_travel_with_the_run(ready: Path) -> None:
    llmops("eval", "docs")
    run = json.loads(llmops("runs", "list", "--json").out)[0]["id"]
    (ready / "labels.csv").write_text("case_id,scorer,value,who\nfree,contains,pass,ada\n")
    assert llmops("judge", "calibrate", "docs", "--labels", "labels.csv").code == 0
    assert llmops("runs", "export", run, "-o", "runs.tar").code == 0
    assert llmops("runs", "delete", run, "--yes").code == 0
    assert "1 runs new, 0 known, 1 labels new." in llmops("runs", "import", "runs.tar").err
    assert "0 runs new, 1 known. " in llmops("import", "runs.tar").err


def test_the_schema_is_printed(ready: Path) -> None:
    assert json.loads(llmops("runs", "export", "--schema").out)["$id"] == "urn:llmops-report:1"
    said = llmops("runs", "export")
    assert said.code == 2
    assert "a run and a file are needed" in said.err
    said = llmops("runs", "export", "a", "b", "-o", "x.html")
    assert said.code == 2
    assert "Write several runs as an archive" in said.err


@pytest.mark.skipif(importlib.util.find_spec("mlflow") is None, reason="mlflow is not installed")
@pytest.mark.filterwarnings("ignore")
def test_runs_go_to_mlflow_and_are_known_there(ready: Path) -> None:
    with library.open(ready) as ws, ws.run("small") as run:
        run.log_metric("auc", 0.5)
        run_id = run.id
    said = llmops("runs", "export", run_id, "--mlflow", "sqlite:///mlflow.db", "--no-files")
    assert (said.code, "1 runs new, 0 known." in said.err) == (0, True)
    taken = json.loads(llmops("runs", "import", "--mlflow", "sqlite:///mlflow.db", "--json").out)
    assert taken == {"runs": [], "known": 1, "remarks": []}


def test_what_is_missing_is_named(ready: Path) -> None:
    said = llmops("runs", "import")
    assert (said.code, "name one archive, or MLflow" in said.err, "runs.tar.gz" in said.err) == (2, True, True)
    said = llmops("runs", "export", "--mlflow", "sqlite:///mlflow.db")
    assert (said.code, "name the runs to write to MLflow" in said.err) == (2, True)
    assert "llmops runs export RUN --mlflow" in said.err

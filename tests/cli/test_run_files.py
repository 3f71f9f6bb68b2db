"""runs export and import."""

import json
from pathlib import Path

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

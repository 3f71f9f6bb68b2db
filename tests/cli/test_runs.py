"""runs list, show, export, delete."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def test_a_run_is_listed_shown_exported_and_deleted(ready: Path) -> None:
    llmops("eval", "docs")
    run = json.loads(llmops("runs", "list", "--json").out)[0]
    assert run["name"] == "docs"
    assert run["id"] in llmops("runs", "list", "docs").out
    assert "contains" in llmops("runs", "show", run["id"]).out
    assert json.loads(llmops("runs", "show", run["id"][:12], "--json").out)["run_id"] == run["id"]
    assert llmops("runs", "export", run["id"], "-o", "page.html").code == 0
    assert "hit_rate" in (ready / "page.html").read_text()
    assert llmops("runs", "delete", run["id"], "--yes").code == 0
    assert "No runs yet" in llmops("runs", "list").err


def test_an_unknown_run_is_named(ready: Path) -> None:
    said = llmops("runs", "show", "run-nothere")
    assert said.code == 2
    assert "run-nothere" in said.err

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


def test_runs_are_filtered(ready: Path) -> None:
    llmops("eval", "docs")
    assert "docs" in llmops("runs", "list", "--status", "finished", "--type", "eval", "--since", "1h").out
    assert "No such runs." in llmops("runs", "list", "--status", "failed").err
    assert "No such runs." in llmops("runs", "list", "--target", "app/other").err
    said = llmops("runs", "list", "--status", "finishd")
    assert said.code == 2
    assert "--status 'finishd' is none of running, finished, failed, interrupted" in said.err
    found = json.loads(llmops("runs", "list", "--target", "app/docs", "--json").out)
    assert (found[0]["cases"], found[0]["outcome"]) == (12, "pass")


def test_runs_are_compared_and_plotted(ready: Path) -> None:
    for _ in range(2):
        llmops("eval", "docs")
    after, before = (run["id"] for run in json.loads(llmops("runs", "list", "--json").out))
    said = llmops("runs", "compare", before, after)
    assert f"against app/docs@1 ({before})" in said.out
    assert "hit_rate" in said.out
    (found,) = json.loads(llmops("runs", "compare", before, after, "--json").out)
    assert (found["run"], found["baseline_run"]) == (after, before)
    assert llmops("runs", "compare", before, after, "-o", "page.html", "-o", "page.md").code == 0
    assert "Against app/docs@1" in (ready / "page.html").read_text()
    assert "hit\\_rate" in (ready / "page.md").read_text()
    said = llmops("runs", "compare", before, after, before, "-o", "page.html")
    assert said.code == 2
    assert "a page compares two runs" in said.err
    assert llmops("runs", "plot", "docs").out.count("app/docs@1") == 2 * 4
    assert llmops("runs", "plot", "docs", "--scorer", "hit_rate", "-o", "plot.html").code == 0
    assert "hit_rate over time" in (ready / "plot.html").read_text()
    assert len(json.loads(llmops("runs", "plot", "docs", "--json").out)) == 2


def test_a_case_is_shown_whole(ready: Path) -> None:
    llmops("eval", "docs")
    said = llmops("runs", "show", "run-", "--case", "free")
    assert said.code == 0
    assert "From which amount is shipping free?" in said.out
    assert json.loads(llmops("runs", "show", "run-", "--case", "free", "--json").out)[0]["case_id"] == "free"
    said = llmops("runs", "show", "run-", "--case", "nobody")
    assert said.code == 2
    assert "has no answer to the case 'nobody'" in said.err

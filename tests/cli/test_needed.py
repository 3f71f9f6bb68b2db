"""How many cases a margin takes is told for one run, and for one that was compared."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def test_a_run_tells_how_many_cases_a_margin_takes(ready: Path) -> None:
    llmops("eval", "docs")
    run = json.loads(llmops("runs", "list", "--json").out)[0]["id"]
    said = llmops("runs", "needed", run, "--margin", "0.05")
    assert "cases for ±0.05" in said.out
    assert "contains" in said.out
    assert "llmops eval --compare production" in said.err
    llmops("eval", "docs", "--compare", run)
    again = json.loads(llmops("runs", "list", "--json").out)[0]["id"]
    wide, narrow = (json.loads(llmops("runs", "needed", again, "--margin", m, "--json").out) for m in ("0.1", "0.01"))
    assert {need["label"] for need in wide} == {need["label"] for need in narrow}
    assert all(few["interval"] <= many["interval"] for few, many in zip(wide, narrow, strict=True))
    assert all(need["comparison"] is not None for need in narrow)


def test_a_run_that_is_not_there_is_named(ready: Path) -> None:
    said = llmops("runs", "needed", "run-nothere")
    assert said.code == 2
    assert "run-nothere" in said.err

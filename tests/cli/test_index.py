"""index plan, sync, status, verify, search."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def test_from_plan_to_search(workspace: Path) -> None:
    planned = llmops("index", "plan", "docs")
    assert planned.code == 0
    assert "docs/returns.md" in planned.out
    assert llmops("index", "sync", "docs").code == 0
    assert "Nothing to do" in llmops("index", "plan", "docs").err
    assert llmops("index", "verify", "docs").code == 0
    found = llmops("index", "search", "docs", "how long is a gift card valid", "-k", "2")
    assert "docs/gift-cards.md" in found.out
    hits = json.loads(llmops("index", "search", "docs", "gift card", "--json").out)
    assert hits["contexts"][0]["metadata"]["key"] == "docs/gift-cards.md"


def test_status_before_and_after(workspace: Path) -> None:
    assert "llmops index sync docs" in llmops("index", "status", "docs").err
    llmops("index", "sync", "docs")
    assert llmops("index", "status", "docs").out


def test_an_unknown_index_is_named(workspace: Path) -> None:
    said = llmops("index", "sync", "dosc")
    assert said.code == 2
    assert "dosc" in said.err

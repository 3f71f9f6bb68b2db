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
    said = llmops("index", "status", "docs")
    assert said.out
    assert "nothing waits; sources listed " in said.err
    assert 'llmops_index_coverage_ratio{index="docs"} 1' in llmops("index", "status", "docs", "--prometheus").out
    assert json.loads(llmops("index", "status", "docs", "--json").out)["freshness"]["pending"] == 0


def test_a_search_says_when_the_index_may_lag(workspace: Path) -> None:
    llmops("index", "sync", "docs")
    assert "may lack" not in llmops("index", "search", "docs", "gift card", "--max-staleness", "1h").err
    late = llmops("index", "search", "docs", "gift card", "--max-staleness", "1ms")
    assert "The index may lack changes that are older than 1ms: llmops index sync docs" in late.err


def test_contents_are_searched_as_they_were_and_set_back(workspace: Path) -> None:
    llmops("index", "sync", "docs")
    (workspace / "docs/gift-cards.md").write_text("# Vouchers\n\nThere are none any more.\n")
    llmops("index", "sync", "docs")
    listed = json.loads(llmops("index", "history", "docs", "--json").out)
    assert [change["sequence"] for change in listed["changes"]] == [2, 1]
    then = llmops("index", "search", "docs", "how long is a gift card valid", "-k", "1", "--as-of", "1")
    assert "docs/gift-cards.md" in then.out
    assert "none any more" not in then.out
    back = llmops("index", "rollback", "docs", "--to", "1")
    assert (back.code, "llmops index sync docs --resume" in back.err) == (0, True)
    assert llmops("index", "search", "docs", "how long is a gift card valid", "-k", "1").out == then.out
    refused = llmops("index", "sync", "docs")
    assert (refused.code, "was rolled back to sequence 1" in refused.err) == (1, True)
    assert llmops("index", "sync", "docs", "--resume").code == 0
    assert "is no time" in llmops("index", "rollback", "docs", "--to", "yesterday-ish").err


def test_a_new_generation_is_built_when_that_is_said(workspace: Path) -> None:
    llmops("index", "sync", "docs")
    path = workspace / "apps/docs.yaml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("  chunking:")]
    at = next(number for number, line in enumerate(lines) if line.startswith("  embedding:"))
    path.write_text("\n".join([*lines[:at], "  chunking: {size: 64, overlap: 0}", *lines[at:]]) + "\n")
    refused = llmops("index", "sync", "docs")
    assert refused.code == 2
    assert "needs a new generation: chunking changed" in refused.err
    assert "llmops index sync docs --build" in refused.err
    assert llmops("index", "sync", "docs", "--build", "--budget", "1").code == 0


def test_what_is_pruned_is_gone(workspace: Path) -> None:
    llmops("index", "sync", "docs")
    (workspace / "docs/gift-cards.md").write_text("# Vouchers\n\nThere are none any more.\n")
    llmops("index", "sync", "docs")
    listed = json.loads(llmops("index", "generations", "docs", "--json").out)["generations"]
    assert [(g["sequence"], g["oldest"], g["needed_by"]) for g in listed] == [(2, 1, ["apps/docs.yaml"])]
    assert "apps/docs.yaml" in llmops("index", "generations", "docs").out
    assert "would be forgotten" in llmops("index", "prune", "docs", "--before", "2", "--dry-run").err
    assert llmops("index", "search", "docs", "gift card", "--as-of", "1").code == 0
    done = llmops("index", "prune", "docs", "--before", "2")
    assert (done.code, "stays for apps/docs.yaml" in done.err) == (0, True)
    assert "is not known" in llmops("index", "search", "docs", "gift card", "--as-of", "1").err
    assert llmops("index", "verify", "docs").code == 0


def test_an_unknown_index_is_named(workspace: Path) -> None:
    said = llmops("index", "sync", "dosc")
    assert said.code == 2
    assert "dosc" in said.err


def test_an_unknown_executor_is_named_before_anything_is_built(workspace: Path) -> None:
    said = llmops("index", "sync", "docs", "--executor", "rey")
    assert said.code == 2
    assert "there is no executor called 'rey'" in said.err
    assert "Did you mean 'ray'?" in said.err
    assert "has not been built" in llmops("index", "status", "docs").err

"""An index as a program holds it."""

import asyncio
from pathlib import Path

import llmops


def test_sync_plan_verify_search(workspace: Path) -> None:
    with llmops.open(workspace) as ws:
        index = ws.index("docs")
        assert len(index.plan().changes) == 3
        assert not (workspace / ".llmops").exists()
        assert index.sync().added == 3
        assert not index.plan().changes
        assert index.verify().sound
        assert index.status().rows()
        assert index.search("gift card", k=1).contexts[0].metadata["key"] == "docs/gift-cards.md"


def test_async_code_searches_with_its_own_form(ready: Path) -> None:
    with llmops.open(ready) as ws:
        index = ws.index("docs")
        hits = asyncio.run(index.asearch("gift card", k=1))
        assert hits == index.search("gift card", k=1)
        assert asyncio.run(index.asearch("gift card", k=1, as_of=1)) == index.search("gift card", k=1, as_of=1)


def test_nothing_is_pruned_that_is_needed(ready: Path) -> None:
    with llmops.open(ready) as ws:
        index = ws.index("docs")
        [generation] = index.generations().generations
        assert "apps/docs.yaml" in generation.needed_by
        assert index.prune(dry_run=True) == index.prune().model_copy(update={"dry": True})
        assert index.generations().generations == (generation,)

"""An open workspace: what is opened when, and what closing leaves."""

from pathlib import Path

import llmops
from tests.support.workspaces import make_workspace


def test_reading_creates_no_store(tmp_path: Path) -> None:
    root = make_workspace(tmp_path)
    with llmops.open(root) as ws:
        assert ws.registry.list_artifacts() == []
        assert ws.prompt("answer").render(question="x", contexts=[])
    assert not (root / ".llmops").exists()


def test_a_closed_workspace_can_be_used_again(ready: Path) -> None:
    ws = llmops.open(ready)
    known = [str(artifact) for artifact in ws.registry.list_artifacts()]
    store = ws.store
    ws.close()
    assert known
    assert [str(artifact) for artifact in ws.registry.list_artifacts()] == known
    assert ws.store is not store
    ws.close()

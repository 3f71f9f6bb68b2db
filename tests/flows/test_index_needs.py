"""Who needs a generation: working files, and what aliases hold and held before."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InvalidFile
from llmops.flows.index_needs import who_needs
from tests.support.workspaces import llmops as command


def cut(workspace: Path, size: int) -> None:
    """Change the chunking, register and promote."""
    path = workspace / "apps/docs.yaml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("  chunking:")]
    at = next(number for number, line in enumerate(lines) if line.startswith("  embedding:"))
    path.write_text("\n".join([*lines[:at], f"  chunking: {{size: {size}, overlap: 0}}", *lines[at:]]) + "\n")
    assert command("register").code == 0


def test_files_and_holders_of_now_and_before(workspace: Path) -> None:
    for size in (64, 65, 66):
        cut(workspace, size)
        moved = command("promote", "app/docs@latest", "--to", "production", "--force", "--reason", "a test")
        assert moved.code == 0, moved.err
    cut(workspace, 67)
    with llmops.open(workspace) as ws:
        needs = who_needs(ws.services, "docs")
        assert sorted(map(tuple, needs.who.values())) == [
            ("app/docs@production",), ("app/docs@production (before)",), ("apps/docs.yaml",)
        ]  # fmt: skip
        assert [needs.who[fingerprint] for fingerprint in needs.held] == [("app/docs@production",)]
        (workspace / "apps/broken.yaml").write_text("promt: x\n")
        with pytest.raises(InvalidFile, match="promt"):
            ws.index("docs").prune()

"""index watch: until Ctrl-C."""

import json
import signal
from pathlib import Path

from tests.support.model_suites import start_llmops
from tests.support.workspaces import llmops


def test_changes_are_synced_until_ctrl_c(workspace: Path) -> None:
    child = start_llmops(workspace, "index", "watch", "docs", "--every", "100ms", "--json")
    assert child.stdout is not None
    assert json.loads(child.stdout.readline())["added"] == 3
    (workspace / "docs" / "new.md").write_text("# New\n\nSomething new.\n")
    assert json.loads(child.stdout.readline())["added"] == 1
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert (child.returncode, "Watching the sources of index docs" in said) == (130, True)
    assert "Something new" in llmops("index", "search", "docs", "something new", "-k", "1").out


def test_no_time_between_looks_is_refused(workspace: Path) -> None:
    said = llmops("index", "watch", "docs", "--every", "0s")
    assert (said.code, "Write 2s, 1m or 1h." in said.err) == (2, True)

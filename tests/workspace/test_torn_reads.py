"""An alias that moves as fast as it can: every reply comes from one version from start to end."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import llmops
from llmops.workspace.workspace import Workspace
from tests.support.children import finish_child, start_child
from tests.support.served import register_versions

HAMMER = """
import sys
import llmops
from tests.support.served import move, try_out
with llmops.open(sys.argv[1]) as ws:
    for turn in range(int(sys.argv[2])):
        move(ws, 2)
        if turn % 3 == 0:
            try_out(ws, 3, 0.5, "canary")
            move(ws, 3)
        move(ws, 1)
print("done")
"""
KEYS = ("app", "prompt", "parameters", "model")


def versions(ws: Workspace) -> dict[str, tuple[str, ...]]:
    """What each version says, and the digests that a reply of it must carry."""
    found = {}
    for number in (1, 2, 3):
        refs = ws.app(f"plain@{number}").refs
        found[f"Tone {number}. Version {number} says hi."] = tuple(refs[key] for key in KEYS)
    return found


@pytest.mark.parametrize("turns", [60])
def test_no_reply_mixes_two_versions(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    monkeypatch.setenv("LLMOPS_STORE_URL", store_url)
    (tmp_path / "llmops.toml").write_text("")
    with llmops.open(tmp_path, cache__alias_ttl="0s") as ws:
        register_versions(ws, 3)
        expected = versions(ws)
        app = ws.app("plain@production")
        hammer = start_child(HAMMER, str(tmp_path), str(turns))
        seen: set[str] = set()

        def ask(user: int) -> None:
            while hammer.poll() is None:
                reply = app.ask("hi", user=f"user-{user}")
                assert tuple(reply.refs[key] for key in KEYS) == expected[reply.text]
                seen.add(reply.text)

        with ThreadPoolExecutor(4) as pool:
            for asked in [pool.submit(ask, user) for user in range(4)]:
                asked.result()
        assert finish_child(hammer) == "done\n"
        assert len(seen) >= 2

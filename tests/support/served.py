"""A workspace with an app that needs no index, in as many versions as a test wants, each with its own words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

import llmops
from llmops.domain.artifact import Actor, Candidate
from llmops.flows.serving import shop
from llmops.workspace.workspace import Workspace

ADA = Actor(name="ada@example.com", source="argument")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def write_version(root: Path, number: int) -> None:
    """Write the files of a version: its prompt says which one it is, and so do its parameters."""
    for name, text in (
        ("prompts/say.md", "{% include 'tone' %} Version " + str(number) + " says {{ question }}.\n"),
        ("prompts/tone.md", f"Tone {number}.\n"),
        ("apps/plain.yaml", f"prompt: say\nmodel: offline/echo\nparameters: {{version: {number}}}\n"),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def register_versions(ws: Workspace, count: int) -> None:
    """Register versions 1 to count; production is version 1."""
    for number in range(1, count + 1):
        write_version(ws.root, number)
        ws.register()
    move(ws, 1)


def move(ws: Workspace, number: int, kind: Literal["app", "prompt"] = "app", alias: str = "production") -> None:
    """Move the alias of the app, or of its prompt, without any gate."""
    name = "plain" if kind == "app" else "say"
    target = ws.store.versions.get(kind, name, number)
    assert target is not None
    held = ws.store.aliases.get(kind, name, alias)
    expected = held.number if held else None
    ws.store.aliases.move(target, alias, expected=expected, actor=ADA, reason="test", now=NOW)


def try_out(
    ws: Workspace, number: int, weight: float, mode: Literal["canary", "shadow"], kind: Literal["app", "prompt"] = "app"
) -> None:
    """Let production try out a version, or change the share of the one it tries out."""
    name = "plain" if kind == "app" else "say"
    target, held = ws.store.versions.get(kind, name, number), ws.store.aliases.get(kind, name, "production")
    assert target is not None
    assert held is not None
    candidate = Candidate(number=number, digest=target.digest, weight=weight, mode=mode)
    ws.store.aliases.set_candidate(held, candidate, actor=ADA, reason="test", now=NOW)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers wait for the store, however busy the machine is; what a slow store brings about is tested where it is slow."""
    for name in ("WAIT_SECONDS", "FIRST_WAIT_SECONDS"):
        monkeypatch.setattr(shop, name, 60.0)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A workspace with two versions of the app, production on the first."""
    root = tmp_path / "plain"
    root.mkdir()
    (root / "llmops.toml").write_text("")
    with llmops.open(root) as ws:
        register_versions(ws, 2)
    return root

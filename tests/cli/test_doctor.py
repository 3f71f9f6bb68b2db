"""doctor and settings."""

import json
from pathlib import Path

import pytest

from tests.support.workspaces import llmops


def test_a_sound_workspace_is_healthy(ready: Path) -> None:
    said = llmops("doctor", "--json")
    assert said.code == 0
    found = {item["what"]: item for item in json.loads(said.out)}
    assert found["store"]["state"] == "ok"
    assert found["files"]["detail"].startswith("4 artifact files") or found["files"]["detail"].startswith("5 artifact")


def test_a_broken_file_shows_with_its_line(ready: Path) -> None:
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text().replace("scorers:", "scorrers:"))
    said = llmops("doctor", "--json")
    assert said.code == 1
    wrong = [item for item in json.loads(said.out) if item["state"] == "wrong"]
    assert "docs.yaml:4: unknown key 'scorrers'" in wrong[0]["detail"]


def test_a_missing_key_says_what_to_export(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("LLMOPS_MODELS_DEFAULT", "openai/gpt-4o-mini")
    said = llmops("doctor")
    assert said.code == 1
    assert "OPENAI_API_KEY" in said.out


def test_the_reply_cache_can_be_emptied(ready: Path) -> None:
    llmops("eval", "docs")
    assert "Removed 12 cached replies" in llmops("doctor", "--prune-cache").err


def test_settings_show_values_with_their_source(workspace: Path) -> None:
    said = llmops("settings", "--json")
    values = json.loads(said.out)
    assert values["models.embedding"] == {"value": "offline/hash", "source": "llmops.toml"}
    assert values["store.url"]["source"] == "default"
    assert "llmops.toml" in llmops("settings").out

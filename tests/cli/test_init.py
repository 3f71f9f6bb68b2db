"""init: a workspace that runs as it is."""

from pathlib import Path

import pytest

from tests.support.workspaces import llmops


def test_the_chat_template_runs(tmp_path: Path) -> None:
    made = llmops("init", "greeter", "--template", "chat", cwd=tmp_path)
    assert made.code == 0
    assert "cd greeter" in made.err
    root = tmp_path / "greeter"
    assert llmops("register", cwd=root).code == 0
    assert "Please greet Ada." in llmops("render", "prompt/greet", "-v", "name=Ada", cwd=root).out
    assert llmops("eval", "greet", "--allow-unknown", cwd=root).code == 0


def test_existing_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text("# mine\n")
    said = llmops("init", cwd=tmp_path)
    assert "kept  llmops.toml" in said.err
    assert (tmp_path / "llmops.toml").read_text() == "# mine\n"


@pytest.mark.parametrize("name", ["rga", "nothing-like-it"])
def test_an_unknown_template_is_named(tmp_path: Path, name: str) -> None:
    said = llmops("init", "--template", name, cwd=tmp_path)
    assert said.code == 2
    assert f"there is no template '{name}'" in said.err
    assert "rag" in said.err
    assert not list(tmp_path.iterdir())

"""The command tree."""

from importlib.metadata import version
from pathlib import Path

from llmops.cli.root import app
from tests.support.workspaces import llmops


def commands() -> list[tuple[list[str], str]]:
    """Every command with its docstring."""
    found = [([c.name or c.callback.__name__], c.callback.__doc__ or "") for c in app.registered_commands if c.callback]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        for command in group.typer_instance.registered_commands:
            assert command.callback is not None
            found.append(([str(group.name), command.name or command.callback.__name__], command.callback.__doc__ or ""))
    return found


def test_every_command_has_help_with_an_example() -> None:
    for words, text in commands():
        assert "Example: llmops " + " ".join(words) in text, words


def test_help_lists_every_command() -> None:
    said = llmops("--help")
    assert said.code == 0
    for words, _ in commands():
        assert words[0] in said.out


def test_the_version_is_the_package_version() -> None:
    assert llmops("--version").out.strip() == f"llmops {version('llmops')}"


def test_another_folder_can_be_named(ready: Path, tmp_path: Path) -> None:
    said = llmops("-C", str(ready), "list", "prompt", cwd=tmp_path)
    assert "prompt/answer" in said.out


def test_an_unknown_option_is_a_usage_error() -> None:
    assert llmops("eval", "--nonsense").code == 2

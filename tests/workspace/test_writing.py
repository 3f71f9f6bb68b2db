"""Opening a workspace's store for writing."""

from pathlib import Path

import pytest

from llmops.workspace.workspace import open_workspace
from llmops.workspace.writing import for_writing


def test_the_store_is_made_when_something_is_to_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "llmops.toml").write_text("")
    with open_workspace(tmp_path) as workspace:
        assert workspace.store.is_temporary
        assert not for_writing(workspace).store.is_temporary
        assert "Created sqlite:///" in capsys.readouterr().err
        assert not workspace.store.is_temporary

"""Templates of a workspace."""

from pathlib import Path

import pytest

from llmops.core.errors import InputError, StoreError
from llmops.flows.scaffold import NEXT_STEPS, scaffold


@pytest.mark.parametrize("template", sorted(NEXT_STEPS))
def test_a_template_is_written_once(tmp_path: Path, template: str) -> None:
    written, kept = scaffold(tmp_path / "w", template)
    assert tmp_path / "w" / "llmops.toml" in written
    assert not kept
    again, kept = scaffold(tmp_path / "w", template)
    assert not again
    assert sorted(kept) == sorted(written)


def test_an_unknown_template_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no template 'rga'"):
        scaffold(tmp_path / "w", "rga")
    assert not (tmp_path / "w").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        scaffold(tmp_path / "w", "chat")

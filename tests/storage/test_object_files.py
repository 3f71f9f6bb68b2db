"""Objects over fsspec, in memory and in a folder."""

from pathlib import Path

import fsspec
import pytest

from llmops.core.errors import OutsideError, SettingsError
from llmops.storage.object_files import ObjectFiles


def test_objects_are_listed_below_a_folder_and_read(tmp_path: Path) -> None:
    for folder in ("a", "a/b", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.md").write_text(folder)
    files = ObjectFiles(f"file://{tmp_path}")
    assert sorted(found.path for found in files.listed()) == ["a/b/x.md", "a/x.md", "other/x.md"]
    found = {one.path: one for one in files.listed("a")}
    assert found.keys() == {"a/b/x.md", "a/x.md"}
    assert found["a/x.md"].size == 1
    assert abs(found["a/x.md"].changed_at - (tmp_path / "a/x.md").stat().st_mtime) < 1
    assert files.read("a/b/x.md", limit=10) == b"a/b"
    with pytest.raises(OutsideError, match="larger than 0 MB"):
        files.read("a/b/x.md", limit=2)


def test_a_changed_object_has_another_token() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/one.md", b"one")
    files = ObjectFiles("memory://bucket")
    (before,) = files.listed()
    memory.pipe("/bucket/one.md", b"eno")
    (after,) = files.listed()
    assert before.token != after.token
    memory.rm("/bucket", recursive=True)


def test_what_is_not_there_is_told_and_nothing_is_listed(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"there is nothing at file://.*none"):
        list(ObjectFiles(f"file://{tmp_path}/none").listed())
    with pytest.raises(OutsideError, match="there is nothing at memory://nothing"):
        list(ObjectFiles("memory://nothing").listed())
    with pytest.raises(OutsideError, match="x cannot be read from file://"):
        ObjectFiles(f"file://{tmp_path}").read("x", limit=9)
    with pytest.raises(SettingsError, match="fsspec knows no odd://") as caught:
        ObjectFiles("odd://x")
    assert "s3://BUCKET" in caught.value.hint

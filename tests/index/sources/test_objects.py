"""Objects of a store as documents."""

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from llmops.core.errors import SettingsError
from llmops.core.settings import Connection
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import Source
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.surroundings import Surroundings


@pytest.fixture
def bucket() -> Iterator[fsspec.AbstractFileSystem]:
    memory = fsspec.filesystem("memory")
    for path in ("b.md", "a/c.md", "a/d.txt", ".hidden.md", "a/draft.md"):
        memory.pipe(f"/handbook/v1/{path}", path.encode())
    yield memory
    memory.rm("/handbook", recursive=True)


def opened(root: Path, files: str, url: str = "memory://handbook/v1", **more: object) -> Source:
    spec = SourceSpec.model_validate({"objects": {"connection": "docs", "files": files}, **more})
    (source,) = open_sources([spec], Surroundings(root, {"docs": Connection(url=url)}))
    return source


def test_objects_that_match_are_documents(bucket: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    source = opened(tmp_path, "**/*.md", exclude=["**/draft.md"], metadata={"tenant": "x"})
    found = list(source.items())
    assert [(item.key, dict(item.metadata)) for item in found] == [
        ("a/c.md", {"tenant": "x"}),
        ("b.md", {"tenant": "x"}),
    ]
    assert [source.read(item.key) for item in found] == [b"a/c.md", b"b.md"]
    assert source.name == "objects:docs:**/*.md !**/draft.md"
    assert [item.key for item in opened(tmp_path, "a/*").items()] == ["a/c.md", "a/d.txt", "a/draft.md"]


def test_an_unchanged_object_keeps_its_token(bucket: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    tokens = [{item.key: item.token for item in opened(tmp_path, "**/*.md").items()} for _ in range(2)]
    assert tokens[0] == tokens[1]
    bucket.pipe("/handbook/v1/b.md", b"new")
    assert {item.key: item.token for item in opened(tmp_path, "**/*.md").items()}["b.md"] != tokens[0]["b.md"]


def test_a_plain_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has no protocol") as caught:
        opened(tmp_path, "*", url="folder")
    assert "plain folders are `files`" in caught.value.hint

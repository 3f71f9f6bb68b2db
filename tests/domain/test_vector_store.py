"""The protocol of vector stores is what the stores keep."""

from pathlib import Path

from llmops.backends.exact import ExactStore
from llmops.backends.folders import FolderShelf
from llmops.domain.ports import VectorShelf, VectorStore
from llmops.domain.vector_store import VectorStore as Defined


def test_a_store_is_known_by_its_methods(tmp_path: Path) -> None:
    assert VectorStore is Defined
    assert isinstance(FolderShelf("exact", tmp_path, ExactStore).open("g", 2), VectorStore)
    assert isinstance(FolderShelf("exact", tmp_path, ExactStore), VectorShelf)
    assert not isinstance(object(), VectorStore)

"""The protocol of vector stores is what the stores keep."""

from pathlib import Path

from llmops.backends.exact import open_exact
from llmops.domain.ports import VectorStore
from llmops.domain.vector_store import VectorStore as Defined


def test_a_store_is_known_by_its_methods(tmp_path: Path) -> None:
    assert VectorStore is Defined
    assert isinstance(open_exact(tmp_path, name="g", dimension=2), VectorStore)
    assert not isinstance(object(), VectorStore)

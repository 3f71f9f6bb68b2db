"""The door to the conformance classes, as people who write a store come through it."""

from pathlib import Path

import pytest

from llmops.backends.exact import ExactStore
from llmops.backends.folders import FolderShelf
from llmops.domain.ports import VectorStore
from llmops.testing import conformance


class TestAStoreOfOnesOwn(conformance.VectorStoreConformance):
    def open(self, path: Path, name: str = "g1", dimension: int = conformance.DIMENSION) -> VectorStore:
        return FolderShelf("exact", path, ExactStore).open(name, dimension)


def test_a_store_that_no_other_process_can_open_is_not_asked_for_it(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="no other process can open it"):
        TestAStoreOfOnesOwn().test_another_process_sees_what_was_written(tmp_path)

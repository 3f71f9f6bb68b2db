"""The conformance class finds stores that break a promise."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmops.backends.exact import ExactStore
from llmops.backends.folders import FolderShelf
from llmops.core.hashing import Json
from llmops.domain.filters import Filters
from llmops.domain.ports import VectorStore
from llmops.testing.vector_stores import DIMENSION, VectorStoreConformance

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


class _Leaky(ExactStore):
    """Filters what it has found instead of finding what matches, and keeps old metadata."""

    def search(self, vector: "Vectors", k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        allowed = {name for name, _ in super().search(vector, 10**6, filters)}
        return [hit for hit in super().search(vector, k) if hit[0] in allowed]


class _Forgetful(ExactStore):
    """Keeps the metadata that came first."""

    def upsert(
        self, ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None = None
    ) -> None:
        known = set(self.ids())
        super().upsert(ids, vectors, None if known & set(ids) else metadata)


def suite(store: type[ExactStore]) -> VectorStoreConformance:
    class Suite(VectorStoreConformance):
        def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
            return FolderShelf("exact", path, store).open(name, dimension)

    return Suite()


def test_a_store_that_filters_too_late_is_found_out(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="c0"):
        suite(_Leaky).test_tenants_never_see_each_other(tmp_path)


def test_a_store_that_loses_metadata_is_found_out(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="'a'"):
        suite(_Forgetful).test_upserting_again_replaces_metadata_too(tmp_path)

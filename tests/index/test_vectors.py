"""What a generation's vectors are kept under, and when they are not trusted."""

from pathlib import Path

import numpy as np

from llmops.backends.exact import ExactStore
from llmops.backends.folders import FolderShelf
from llmops.domain.manifest import Generation
from llmops.index.vectors import VectorPlace
from tests.support.corpora import NOW, SPEC


def generation(stored: int = 0, vectors: str = "exact/2", applied: int = 1) -> Generation:
    return Generation(
        index="team/docs", uid="abc", fingerprint="f", pipeline="1", embedder="hash", dimension=2, spec=SPEC,
        vectors=vectors, stored=stored, applied=applied, created_at=NOW,
    )  # fmt: skip


def place(path: Path, kind: str = "exact", *, is_served: bool = False) -> VectorPlace:
    return VectorPlace(FolderShelf(kind, path, ExactStore, is_served))


def test_each_generation_has_a_name_of_its_own(tmp_path: Path) -> None:
    store = place(tmp_path).open_for(generation())
    store.upsert(["a"], np.array([[1.0, 0.0]], dtype=np.float32))
    store.close()
    assert place(tmp_path).address(generation()) == (str(tmp_path), "team/docs/abc")
    assert place(tmp_path).open_for(generation()).count() == 1
    place(tmp_path).discard(generation())
    assert place(tmp_path).open_for(generation()).count() == 0


def test_what_is_there_is_trusted_only_if_nothing_speaks_against_it(tmp_path: Path) -> None:
    one = place(tmp_path)
    assert one.distrust(generation()) == ""
    assert one.distrust(generation(stored=3)) == "the folder of vectors is gone"
    one.open_for(generation()).close()
    one.stamp(generation(stored=3))
    assert one.distrust(generation(stored=3)) == ""
    assert "an old copy" in one.distrust(generation(stored=3, applied=2))
    dirty = generation().model_copy(update={"dirty": True})
    assert one.distrust(dirty) == "the last sync was interrupted while it wrote vectors"
    assert place(tmp_path, "chroma").distrust(generation()) == "vectors are kept in chroma now, not in exact"
    assert one.distrust(generation(vectors="exact")).endswith("a version of llmops that kept nothing to filter by")


def test_only_a_durable_store_of_the_same_kind_is_whole_after_a_kill(tmp_path: Path) -> None:
    dirty = generation().model_copy(update={"dirty": True})
    assert place(tmp_path, is_served=True).is_whole_after_a_kill(dirty)
    assert not place(tmp_path).is_whole_after_a_kill(dirty)
    assert not place(tmp_path, "chroma", is_served=True).is_whole_after_a_kill(dirty)

"""The folder of a generation's vectors."""

from pathlib import Path

from llmops.backends.catalogs import open_vector_store
from llmops.domain.manifest import Generation
from llmops.index.vectors import VectorPlace
from tests.support.corpora import NOW, SPEC


def generation(index: str = "team/docs", stored: int = 0) -> Generation:
    return Generation(
        index=index, uid="abc", fingerprint="f", pipeline="1", embedder="hash", dimension=2, spec=SPEC, vectors="exact/2",
        stored=stored, created_at=NOW,
    )  # fmt: skip


def test_each_generation_has_a_folder_of_its_own(tmp_path: Path) -> None:
    import numpy as np

    place = VectorPlace("exact", tmp_path, open_vector_store)
    store = place.open_for(generation())
    store.upsert(["a"], np.array([[1.0, 0.0]], dtype=np.float32))
    store.close()
    assert place.folder(generation()) == tmp_path / "team" / "docs" / "abc"
    assert place.folder(generation()).is_dir()
    assert place.open_for(generation()).count() == 1


def test_discarding_leaves_an_empty_store(tmp_path: Path) -> None:
    import numpy as np

    place = VectorPlace("exact", tmp_path, open_vector_store)
    place.discard(generation())
    store = place.open_for(generation())
    store.upsert(["a"], np.array([[1.0, 0.0]], dtype=np.float32))
    store.close()
    place.discard(generation())
    assert list((tmp_path / "team" / "docs").iterdir()) == []
    assert place.open_for(generation()).count() == 0


def test_what_a_killed_discard_left_goes_with_the_next(tmp_path: Path) -> None:
    place = VectorPlace("exact", tmp_path, open_vector_store)
    left = tmp_path / "team" / "docs" / "abc.discarded-1"
    left.mkdir(parents=True)
    (left / "file").write_text("x")
    place.discard(generation())
    assert not left.exists()


def test_what_is_there_is_trusted_only_if_nothing_speaks_against_it(tmp_path: Path) -> None:
    place = VectorPlace("exact", tmp_path, open_vector_store)
    assert place.distrust(generation()) == ""
    assert place.distrust(generation(stored=3)) == "the folder of vectors is gone"
    place.open_for(generation()).close()
    assert place.distrust(generation(stored=3)) == ""
    dirty = generation().model_copy(update={"dirty": True})
    assert place.distrust(dirty) == "the last sync was interrupted while it wrote vectors"
    chroma = VectorPlace("chroma", tmp_path, open_vector_store)
    assert chroma.distrust(generation()) == "vectors are kept in chroma now, not in exact"
    older = generation().model_copy(update={"vectors": "exact"})
    assert place.distrust(older).endswith("by a version of llmops that kept nothing to filter by")

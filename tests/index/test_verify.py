"""Damage to the vector store, as it happens: noticed, and mended without embedding anything."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmops.core.errors import Conflict, InputError
from llmops.domain.ports import VectorStore
from llmops.index.estimate import BuildNeeded
from llmops.index.vectors import VectorPlace
from llmops.index.verify import concluded
from llmops.storage.leases import this_process
from tests.support.indexes import CountingEmbedder, Library

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

DOCUMENTS = {f"{number}.txt": f"text number {number} of many" for number in range(12)}


def damage_exact(library: Library, what: str) -> None:
    import numpy as np

    store = library.place.open_for(library.generation)
    ids = sorted(store.ids())
    if what == "missing":
        store.delete(ids[:2])
    elif what == "extra":
        store.upsert(["f" * 32], np.eye(1, 64, dtype=np.float32))
    elif what == "wrong":
        store.upsert(ids[:3], np.eye(3, 64, dtype=np.float32))
    store.close()


@pytest.mark.parametrize(("what", "count"), [("missing", 2), ("extra", 1), ("wrong", 3)])
def test_single_vectors_are_put_right(library: Library, what: str, count: int) -> None:
    library.write(DOCUMENTS).sync()
    before = library.vectors()
    damage_exact(library, what)
    found = library.verify()
    assert (found.sound, getattr(found, what), found.chunks) == (False, count, 12)
    assert f"{count} {what}" in found.in_words()
    library.asked.clear()
    mended = library.verify(repair=True)
    assert mended.sound
    assert mended.repaired in (f"{count} vectors were put back, 0 removed", "0 vectors were put back, 1 removed")
    assert (mended.embedded, library.asked, library.vectors()) == (0, [], before)
    assert library.verify().sound


def test_damage_is_noted_until_it_is_mended(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    wanted, verified_at = library.search("text number 7", k=12), library.generation.verified_at
    damage_exact(library, "missing")
    library.verify()
    assert (library.generation.state, library.generation.verified_at) == ("broken", None)
    assert verified_at is not None
    assert library.search("text number 7", k=12) == wanted  # from the store
    rows = library.rows()
    library.verify()
    assert library.rows() == rows
    library.verify(repair=True)
    assert (library.generation.state, library.generation.verified_at is not None) == ("ready", True)
    damage_exact(library, "extra")
    library.verify()
    assert library.sync().rebuilt == "a verification found it damaged"  # a plain sync mends it, too
    assert (library.generation.state, library.verify().sound) == ("ready", True)


def test_the_same_vector_under_an_id_that_nothing_knows_is_a_duplicate(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    store = library.place.open_for(library.generation)
    one = sorted(store.ids())[0]
    store.upsert(["f" * 32], store.fetch([one])[one].reshape(1, -1))
    store.close()
    found = library.verify()
    assert (found.duplicate, found.extra, found.sound) == (1, 0, False)
    assert library.verify(repair=True).repaired == "0 vectors were put back, 1 removed"
    assert library.verify().sound


class Odd:
    """A vector store whose first vector is of another dimension, and which lists an id twice."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def ids(self) -> Iterator[str]:
        found = sorted(self._store.ids())
        yield from [*found, found[-1]]

    def fetch(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        first = min(self._store.ids())
        return {cid: vector[:8] if cid == first else vector for cid, vector in self._store.fetch(ids).items()}


def test_wrong_dimensions_and_repeated_ids_are_found(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.write(DOCUMENTS).sync()
    opened = VectorPlace.open_for
    monkeypatch.setattr(VectorPlace, "open_for", lambda place, generation: Odd(opened(place, generation)))
    found = library.verify()
    assert (found.wrong_dimension, found.duplicate, found.wrong, found.missing) == (1, 1, 0, 0)
    assert found.rows()[2][3] == "0 wrong, 1 of a wrong dimension, 0 uncached"
    monkeypatch.undo()
    assert library.verify(repair=True).sound


def test_a_build_whose_vectors_are_wrong_is_broken_and_never_served(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.write(DOCUMENTS)
    opened = VectorPlace.open_for
    monkeypatch.setattr(VectorPlace, "open_for", lambda place, generation: Odd(opened(place, generation)))
    report = library.sync()
    assert [g.state for g in library.store.corpus.generations("docs")] == ["broken"]
    assert report.problems == [
        f"generation {library.generation.uid} was verified and is not sound: 1 duplicate 1 of a wrong dimension; "
        "try again with: llmops index sync docs"
    ]
    with pytest.raises(InputError, match="was not sound when it was built"):
        library.search("text number 7")
    monkeypatch.undo()
    assert library.sync().problems == []
    assert library.generation.state == "ready"
    assert library.search("text number 7", k=1) == [("docs/7.txt", "text number 7 of many")]


def test_a_build_that_was_not_verified_yet_is_not_served(library: Library) -> None:
    def stop(step: str) -> None:
        if step == "closed":
            raise RuntimeError("stopped")

    library.fault = stop
    with pytest.raises(RuntimeError, match="stopped"):
        library.write(DOCUMENTS).sync()
    library.fault = None
    assert library.generation.state == "building"
    with pytest.raises(InputError, match="has not been built completely yet"):
        library.search("text number 7")
    assert library.sync().verified is not None
    assert (library.generation.state, library.sync().verified) == ("ready", None)


def test_a_sound_index_is_not_written_to(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    rows = library.rows()
    found = library.verify(repair=True)
    assert (found.sound, found.missing, found.extra, found.wrong, found.probed, found.repaired) == (
        True,
        0,
        0,
        0,
        12,
        "",
    )
    assert found.in_words() == (
        "docs: 12 chunks of 12 documents, 12 vectors\n"
        "recall@10 1.000 [0.758, 1.000] of 12 queries, 0.9 wanted\n"
        "sound: every vector is there and equal, 12 were searched for and found"
    )
    assert library.rows() == rows
    assert found.as_json()["sound"] is True


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def empty_folder(folder: Path) -> None:
    for path in list(folder.iterdir()):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def truncate(share: float) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        largest = max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
        largest.write_bytes(largest.read_bytes()[: int(share * largest.stat().st_size)])

    return cut


def scribble(folder: Path) -> None:
    for path in [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]:
        path.write_bytes(b"no database" * 100)


@pytest.mark.parametrize("kind", ["exact", "chroma"])
@pytest.mark.parametrize("harm", [remove_folder, empty_folder, truncate(0.01), truncate(0.5), scribble])
def test_a_damaged_folder_is_noticed_and_rebuilt(library: Library, kind: str, harm: Callable[[Path], None]) -> None:
    library.kind = kind
    library.write(DOCUMENTS).sync()
    wanted = library.search("text number 7", k=12)
    harm(library.folder)
    assert library.search("text number 7", k=12) == wanted
    assert not library.verify().sound
    library.asked.clear()
    mended = library.verify(repair=True)
    assert (mended.sound, mended.embedded, library.asked) == (True, 0, [])
    assert library.search("text number 7", k=12) == wanted
    assert library.sync().unchanged == 12


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_an_old_copy_of_the_folder_is_noticed(library: Library, kind: str, tmp_path: Path) -> None:
    library.kind = kind
    library.write(DOCUMENTS).sync()
    shutil.copytree(library.folder, tmp_path / "copy")
    library.write({"0.txt": "another text", "1.txt": "and one more"}).sync()
    shutil.rmtree(library.folder)
    shutil.copytree(tmp_path / "copy", library.folder)
    assert "is not as the last sync left it: an old copy" in library.verify().unusable
    wanted = library.search("another text", k=1)
    assert wanted == [("docs/0.txt", "another text")]
    library.asked.clear()
    assert "an old copy" in library.sync().rebuilt
    assert (library.verify().sound, library.asked, library.search("another text", k=1)) == (True, [], wanted)
    assert library.vectors().keys() == library.content().keys()


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_a_foreign_folder_is_set_aside_and_the_vectors_made_again(library: Library, kind: str) -> None:
    library.kind = kind
    library.write(DOCUMENTS).sync()
    shutil.rmtree(library.folder)
    library.folder.mkdir()
    (library.folder / "chroma.sqlite3").write_text("somebody else's")
    assert "holds files that llmops did not write" in library.verify().unusable
    library.asked.clear()
    assert "holds files that llmops did not write" in library.sync().rebuilt
    assert (library.verify().sound, library.asked) == (True, [])
    aside = library.folder.with_name(f"{library.folder.name}.set-aside-1")
    assert (aside / "chroma.sqlite3").read_text() == "somebody else's"


def test_vectors_in_memory_are_read_again_by_the_next_process(library: Library) -> None:
    library.kind = "memory"
    assert library.write(DOCUMENTS).sync().upserted == 12
    assert library.sync().upserted == 0
    library.place.discard(library.generation)
    wanted = library.search("text number 7", k=1)
    library.asked.clear()
    assert library.sync().rebuilt == "this process has not read the vectors into its memory"
    assert (library.search("text number 7", k=1), library.asked) == (wanted, [])


def test_a_folder_that_is_gone_is_rebuilt_by_a_plain_sync(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    shutil.rmtree(library.folder)
    assert library.plan().rebuild == "the folder of vectors is gone"
    library.asked.clear()
    report = library.sync()
    assert (report.rebuilt, report.upserted, library.asked) == ("the folder of vectors is gone", 12, [])
    assert library.verify().sound


def test_another_kind_of_vector_store_is_filled_from_the_cache(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    library.kind = "chroma"
    library.asked.clear()
    assert library.sync().rebuilt == "vectors are kept in chroma now, not in exact"
    assert (library.asked, library.verify().sound) == ([], True)


def test_vectors_that_wait_are_no_damage_but_not_sound(library: Library) -> None:
    def stop(step: str) -> None:
        if step == "T1":
            raise RuntimeError("stopped")

    library.write(DOCUMENTS).sync()
    library.fault = stop
    with pytest.raises(RuntimeError, match="stopped"):
        library.write({"0.txt": "another text"}).sync()
    library.fault = None
    found = library.verify()
    assert (found.pending, found.missing, found.extra, found.sound) == (2, 0, 0, False)
    assert library.verify(repair=True).sound
    assert library.sync().unchanged == 12


def test_an_index_that_another_model_built_is_built_anew(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    library.embedder = CountingEmbedder(32)
    assert library.sync().unchanged == 12
    found = library.verify()
    assert (found.sound, found.unusable) == (
        False,
        "it was built with offline/hash-64;1, now there is offline/hash-32;1",
    )
    with pytest.raises(
        BuildNeeded, match=r"the embedding model is offline/hash-32;1 now.*about 12 chunks of 12 documents"
    ):
        library.verify(repair=True)
    assert library.sync(build=True).embedded == 12
    assert library.verify().sound
    assert library.search("text number 7", k=1) == [("docs/7.txt", "text number 7 of many")]
    assert len(library.store.corpus.generations("docs")) == 2


def test_what_was_not_built_cannot_be_verified(library: Library) -> None:
    with pytest.raises(InputError, match="has not been built for this configuration"):
        library.verify()


def test_while_a_sync_runs_there_is_nothing_to_verify(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    library.store.corpus.leases.acquire("docs", this_process(), library.clock())
    with pytest.raises(Conflict, match=r"index 'docs' is being changed by process \d+ on"):
        library.verify()


def test_a_sample_is_searched_for_unless_all_are_asked_for(library: Library) -> None:
    library.write({f"{number}.txt": f"text{number}" for number in range(450)}).sync()
    assert library.verify(full=False).probed == 225
    assert library.verify(full=True).probed == 450


def test_a_build_whose_vectors_are_all_there_but_not_all_reached_is_searched_in_the_store(library: Library) -> None:
    library.write({"a.md": "one", "b.md": "two"}).sync()
    building = library.generation.model_copy(update={"state": "building", "verified_at": None})
    found = library.verify().model_copy(update={"unreachable": 1})
    left = concluded(building, found, library.index._shop)
    assert (left.state, left.verified_at, left.answers) == ("broken", None, True)
    lost = concluded(building, found.model_copy(update={"missing": 1}), library.index._shop)
    assert (lost.state, lost.answers) == ("broken", False)

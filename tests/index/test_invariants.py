"""The invariants of the index engine, each as a test that carries its name. I7 and I8 are in test_generations and test_search.

They are checked at every step of the writing protocol, while hypothesis edits the documents.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import Conflict
from llmops.core.hashing import Json
from llmops.domain.ports import TextRole, VectorShelf, VectorStore
from llmops.index.prepare import embedding_key
from llmops.storage.leases import LEASE_SECONDS
from llmops.storage.store import open_store
from tests.support.indexes import CountingEmbedder, Interrupted, Library

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

KEYS = st.sampled_from(["a.md", "b.md", "sub/c.md", "d.txt"])
TEXTS = st.sampled_from(["one", "two", "# H\n\none\n\n# G\n\ntwo", "", "one\n\n" * 9, "word " * 40])
ROUNDS = st.lists(st.dictionaries(KEYS, st.none() | TEXTS, min_size=1, max_size=4), min_size=1, max_size=3)
few = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Chain:
    """Libraries in which documents were edited and synced, with something that looks at every step."""

    tmp_path_factory: pytest.TempPathFactory
    looks: Callable[[Library, str], None] = lambda library, step: None
    prepared: Callable[[Library], None] = lambda library: None

    def run(self, rounds: Sequence[Mapping[str, str | None]]) -> Iterator[Library]:
        """Edit and sync, round by round; gives the library after each."""
        root = self.tmp_path_factory.mktemp("chain")
        (root / "docs").mkdir()
        library = Library(root, open_store("sqlite:///.llmops/store.db", root=root))
        library.fault = lambda step: self.looks(library, step)
        self.prepared(library)
        for edits in rounds:
            edit(library, edits)
            library.sync(confirm_deletes=True)
            yield library
        library.store.close()


def edit(library: Library, edits: Mapping[str, str | None]) -> None:
    """Write documents, and remove those without a text."""
    for key, text in edits.items():
        if text is not None:
            library.write({key: text})
        elif (library.root / "docs" / key).exists():
            library.remove(key)


@few
@given(rounds=ROUNDS)
def test_i1_what_is_desired_is_what_is_stored_and_what_waits_unless_dirty(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Mapping[str, str | None]]
) -> None:
    looked: list[str] = []

    def look(library: Library, step: str) -> None:
        if library.generation.dirty:
            return
        waiting = library.store.corpus.pending(library.generation.id)
        to_come = {entry.cid for entry in waiting if entry.embedding_key is not None}
        to_go = {entry.cid for entry in waiting if entry.embedding_key is None}
        assert library.content().keys() == (library.vectors().keys() | to_come) - to_go
        looked.append(step)

    for library in Chain(tmp_path_factory, look).run(rounds):
        look(library, "done")
    assert "T1" in looked or not any(text for edits in rounds for text in edits.values())


@few
@given(rounds=ROUNDS)
def test_i2_no_vector_is_stored_before_its_bytes_and_its_intent_are_committed(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Mapping[str, str | None]]
) -> None:
    written: list[str] = []

    def prepare(library: Library) -> None:
        def check(ids: Sequence[str]) -> None:
            # Another connection: it sees what is committed.
            store = open_store("sqlite:///.llmops/store.db", root=library.root)
            keys = {entry.cid: entry.embedding_key for entry in store.corpus.pending(library.generation.id)}
            wanted = [key for cid in ids if (key := keys[cid]) is not None]
            assert len(wanted) == len(ids)
            assert store.embeddings.known(wanted) == set(wanted)
            store.close()
            written.extend(ids)

        library.shelf = Watched(library.place.shelf, before_upsert=check)

    for library in Chain(tmp_path_factory, prepared=prepare).run(rounds):
        assert library.content().keys() <= set(written)


@few
@given(rounds=ROUNDS, data=st.data())
def test_i3_any_suffix_of_writes_can_be_replayed(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Mapping[str, str | None]], data: st.DataObject
) -> None:
    done: list[tuple[str, list[str], Vectors | None]] = []

    def prepare(library: Library) -> None:
        library.shelf = Watched(library.place.shelf, log=done)

    for library in Chain(tmp_path_factory, prepared=prepare).run(rounds):
        before = library.vectors()
        suffix = done[data.draw(st.integers(0, len(done))) :]
        store = library.place.open_for(library.generation)
        for _ in range(data.draw(st.integers(1, 2))):
            for what, ids, vectors in list(suffix):
                if what == "delete" or vectors is None:
                    store.delete(ids)
                else:
                    store.upsert(ids, vectors)
        store.close()
        assert library.vectors() == before


@few
@given(rounds=ROUNDS)
def test_i4_only_texts_whose_vector_is_absent_are_embedded(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Mapping[str, str | None]]
) -> None:
    class Strict(CountingEmbedder):
        def __init__(self, library: Library) -> None:
            super().__init__()
            self.library = library

        async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
            keys = [embedding_key(self.identity, text) for text in texts]
            assert self.library.store.embeddings.known(keys) == set()
            assert len(set(keys)) == len(keys)
            return await super().embed(texts, role)

    def prepare(library: Library) -> None:
        library.embedder = Strict(library)

    for library in Chain(tmp_path_factory, prepared=prepare).run(rounds):
        assert len(library.asked) == len(set(library.asked))


@few
@given(rounds=ROUNDS)
def test_i5_where_nothing_changed_nothing_is_written_called_or_opened(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Mapping[str, str | None]]
) -> None:
    for library in Chain(tmp_path_factory).run(rounds):
        state = library.rows(), library.opened, library.loaded, len(library.asked)
        files = [(path, path.stat().st_mtime_ns) for path in sorted((library.root / "vectors").rglob("*"))]
        library.sync()
        assert (library.rows(), library.opened, library.loaded, len(library.asked)) == state
        assert [(path, path.stat().st_mtime_ns) for path in sorted((library.root / "vectors").rglob("*"))] == files


@few
@given(rounds=ROUNDS)
def test_i6_dirty_is_committed_before_the_first_write_and_cleared_after_the_last(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Mapping[str, str | None]]
) -> None:
    def prepare(library: Library) -> None:
        def check(ids: Sequence[str]) -> None:
            store = open_store("sqlite:///.llmops/store.db", root=library.root)
            assert store.corpus.generations("docs")[0].dirty
            store.close()

        library.shelf = Watched(library.place.shelf, before_upsert=check, before_delete=check)

    for library in Chain(tmp_path_factory, prepared=prepare).run(rounds):
        assert not library.generation.dirty
        assert library.store.corpus.counts(library.generation.id).pending == 0


def test_i6_a_dirty_store_is_never_trusted(library: Library) -> None:
    library.write({"a.md": "the first text", "b.md": "another text"}).sync()
    library.write({"a.md": "the second text"})

    def end(step: str) -> None:
        if step == "upsert":
            raise Interrupted(step)

    library.fault = end
    with pytest.raises(Interrupted, match="upsert"):
        library.sync()
    library.fault, opened = None, library.opened
    assert library.search("second text", k=1) == [("docs/a.md", "the second text")]
    assert library.opened == opened  # the store was asked instead
    assert library.sync().rebuilt == "the last sync was interrupted while it wrote vectors"


@pytest.mark.parametrize("step", ["E", "T1", "dirty", "upsert", "T2"])
def test_i9_a_write_with_a_stale_token_fails(library: Library, step: str) -> None:
    library.write({"a.md": "the first text", "b.md": "another text"}).sync()
    library.write({"a.md": "the second text", "c.md": "a third text"})
    library.remove("b.md")
    left: list[object] = []

    def take_over(reached: str) -> None:
        if reached == step and not left:
            later = library.clock() + timedelta(seconds=LEASE_SECONDS + 1)
            library.store.corpus.leases.acquire("docs", "process 1 on elsewhere", later)
            left.append(library.rows())

    library.fault = take_over
    with pytest.raises(Conflict, match="index 'docs' was taken over from process"):
        library.sync(confirm_deletes=True)
    assert left == [library.rows()]


@few
@given(rounds=ROUNDS)
def test_i10_a_healthy_index_is_sound_and_repairing_it_writes_nothing(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Mapping[str, str | None]]
) -> None:
    for library in Chain(tmp_path_factory).run(rounds):
        rows = library.rows()
        found = library.verify(repair=True)
        assert (found.sound, found.missing, found.extra, found.wrong, found.repaired) == (True, 0, 0, 0, "")
        assert library.rows() == rows


@few
@given(rounds=ROUNDS, seed=st.integers(0, 10))
def test_i10_after_a_repair_nothing_is_missing_extra_or_wrong(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Mapping[str, str | None]], seed: int
) -> None:
    for library in Chain(tmp_path_factory).run(rounds):
        before = library.vectors()
        store = library.place.open_for(library.generation)
        ids = sorted(store.ids())
        store.delete(ids[seed % 2 :: 3])
        if ids:
            store.upsert([ids[-1], "nobody"], -store.fetch([ids[-1]] * 2).get(ids[-1], _unit())[None].repeat(2, axis=0))
        store.close()
        found = library.verify(repair=True)
        assert (found.sound, found.missing, found.extra, found.wrong) == (True, 0, 0, 0)
        assert library.vectors() == before


def _unit() -> "Vectors":
    import numpy as np

    vector: Vectors = np.eye(1, 64, dtype=np.float32)[0]
    return vector


@dataclass(frozen=True)
class Watched:
    """A shelf whose stores tell what is about to be written to them."""

    shelf: VectorShelf
    before_upsert: Callable[[Sequence[str]], None] = lambda ids: None
    before_delete: Callable[[Sequence[str]], None] = lambda ids: None
    log: "list[tuple[str, list[str], Vectors | None]]" = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.shelf.kind

    @property
    def place(self) -> str:
        return self.shelf.place

    @property
    def is_served(self) -> bool:
        return self.shelf.is_served

    def open(self, name: str, dimension: int) -> VectorStore:
        return _WatchedStore(self, self.shelf.open(name, dimension))

    def discard(self, name: str) -> None:
        self.shelf.discard(name)

    def stamp(self, name: str, mark: str) -> None:
        self.shelf.stamp(name, mark)

    def doubt(self, name: str, mark: str) -> str:
        return self.shelf.doubt(name, mark)


class _WatchedStore:
    def __init__(self, watched: Watched, store: VectorStore) -> None:
        self._watched, self._store = watched, store
        self.search, self.ids, self.fetch = store.search, store.ids, store.fetch
        self.count, self.close = store.count, store.close

    def upsert(
        self, ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None = None
    ) -> None:
        self._watched.before_upsert(ids)
        self._watched.log.append(("upsert", list(ids), vectors))
        self._store.upsert(ids, vectors, metadata)

    def delete(self, ids: Sequence[str]) -> None:
        self._watched.before_delete(ids)
        self._watched.log.append(("delete", list(ids), None))
        self._store.delete(ids)

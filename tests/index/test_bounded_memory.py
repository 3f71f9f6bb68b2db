"""What is held in memory while an index is brought in step, rebuilt or verified hangs on the size of a page, not on how many
chunks there are."""

import gc
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmops.core.bridge import run_sync
from llmops.core.hashing import Json
from llmops.domain.manifest import Generation
from llmops.domain.ports import Filters, no_progress
from llmops.index import apply, sorting, verify
from llmops.index.apply import GenerationWriter
from llmops.index.vectors import VectorPlace
from llmops.index.verify import Depth, Verifier
from llmops.index.workshop import Workshop
from llmops.storage import corpus
from llmops.storage.store import Store, open_store
from tests.support.corpora import NOW, add_documents, new_index
from tests.support.indexes import CountingEmbedder

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

FEW, MANY = 500, 2_000
PAGE = 50


@dataclass
class Outside:
    """A shelf and its one vector store that hold nothing in this process: what is in them is what the tables say of a
    generation."""

    store: Store
    generation: int = 0
    written: int = 0
    removed: int = 0
    largest: int = 0
    kind: str = "outside"
    place: str = "outside"
    is_served: bool = True

    def open(self, name: str, dimension: int) -> "Outside":
        return self

    def discard(self, name: str) -> None:
        self.written = 0

    def stamp(self, name: str, mark: str) -> None:
        pass

    def doubt(self, name: str, mark: str) -> str:
        return ""

    def upsert(
        self, ids: Sequence[str], vectors: "Vectors", metadata: Sequence[Mapping[str, Json]] | None = None
    ) -> None:
        self.written += len(ids)
        self.largest = max(self.largest, len(ids))

    def delete(self, ids: Sequence[str]) -> None:
        self.removed += len(ids)

    def search(self, vector: "Vectors", k: int, filters: Filters | None = None) -> list[tuple[str, float]]:
        return [("one that is equal", 1.0)]

    def ids(self) -> Iterator[str]:
        for page in self.store.corpus.embedding_keys(self.generation):
            yield from (cid for cid, _ in reversed(page))

    def fetch(self, ids: Sequence[str]) -> "dict[str, Vectors]":
        keys = self.store.passages.vector_keys(self.generation, list(ids))
        known = self.store.embeddings.get_many(list(keys.values()))
        return {cid: known[key] for cid, key in keys.items()}

    def count(self) -> int:
        return self.store.corpus.counts(self.generation).chunks

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that are small beside even few chunks."""
    monkeypatch.setattr(apply, "OUTBOX_PAGE", PAGE)
    monkeypatch.setattr(verify, "OUTBOX_PAGE", PAGE)
    monkeypatch.setattr(verify, "_PART", PAGE)
    monkeypatch.setattr(corpus, "_PAGE", PAGE)
    monkeypatch.setattr(corpus, "_KEYS_AFTER", corpus._KEYS_AFTER.limit(PAGE))
    monkeypatch.setattr(sorting.in_order, "__defaults__", (FEW,))


@dataclass
class Interrupted:
    """An index whose sync was interrupted when everything was committed and nothing applied."""

    store: Store
    shelf: Outside
    generation: Generation
    writer: GenerationWriter
    shop: Workshop

    def recover(self) -> None:
        run_sync(self.writer.recover(no_progress))

    def rebuild(self) -> None:
        run_sync(self.writer.rebuild("to see what that takes", no_progress))

    def verify(self) -> None:
        clean = self.writer.generation.model_copy(update={"dirty": False})
        found = run_sync(Verifier(self.shop, clean, Depth(probes=1)).check(no_progress))
        assert (found.vectors, found.missing, found.is_intact) == (found.chunks, 0, True)


def interrupted(folder: Path, chunks: int) -> Interrupted:
    import numpy as np

    folder.mkdir()
    store = open_store("sqlite:///store.db", root=folder)
    generation, lease = new_index(store)
    for start in range(0, chunks, PAGE):
        texts = [f"text {number}" for number in range(start, start + PAGE)]
        add_documents(store, generation, lease, {f"{start:06}.md": texts})
        store.embeddings.put_many({f"vector of {text}": np.array([0.6, 0.8], dtype=np.float32) for text in texts})
    shelf = Outside(store, generation.id)
    place = VectorPlace(shelf)
    generation = store.corpus.generations("docs")[0].model_copy(update={"vectors": place.layout, "dirty": True})
    shop = Workshop(store, place, CountingEmbedder, lambda: NOW)
    return Interrupted(store, shelf, generation, GenerationWriter(shop, generation, lease), shop)


def peak_of(index: Interrupted, step: str) -> int:
    """The most bytes that a step had in memory at once; what is garbage goes at once, too."""
    gc.collect()
    gc.freeze()  # or garbage may grow to a quarter of all that there is
    thresholds = gc.get_threshold()
    gc.set_threshold(200, 2, 2)
    tracemalloc.start()
    try:
        getattr(index, step)()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def test_memory_does_not_grow_with_the_chunks(tmp_path: Path) -> None:
    warm = interrupted(tmp_path / "warm", PAGE)
    few, many = interrupted(tmp_path / "few", FEW), interrupted(tmp_path / "many", MANY)
    for step in ("recover", "rebuild", "verify"):
        getattr(warm, step)()
        small, large = peak_of(few, step), peak_of(many, step)
        assert large < small * 2, step  # with everything held at once it is three times as much
    assert (many.shelf.written, many.shelf.largest) == (MANY, PAGE)
    assert many.store.corpus.counts(many.generation.id).pending == 0

"""An index as it was: which sequence a moment means, and what a search would have found then.

There is no vector store of the past. The vectors are those of the embedding cache, compared one by one with the question, and
so the answer is exact; words are ranked by the texts of then. Vectors and words of the moment that was asked last are kept while
they are few, because they never change.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from llmops.core.bridge import to_thread
from llmops.core.errors import InputError
from llmops.domain.corpus import Chunk
from llmops.domain.filters import admits
from llmops.domain.manifest import Generation
from llmops.domain.ports import Embedder
from llmops.index.chunking.headers import open_header
from llmops.index.past_words import PastWords
from llmops.index.search import filed
from llmops.storage.lexical import asked_words
from llmops.storage.store import Store

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

Moment: TypeAlias = int | datetime
"""A sequence of the manifest, or a time."""

KEPT: Final = 50_000  # vectors of a moment that stay in memory
_PART: Final = 1000  # vectors or chunks read at once


def sequence_at(store: Store, generation: Generation, moment: Moment) -> int:
    """The sequence that a generation was at.

    Raises:
        InputError: there was none yet, or it is not known any more what it held.
    """
    found = moment if isinstance(moment, int) else store.corpus.past.sequence_at(generation, moment)
    first = max(1, generation.oldest)
    if not first <= found <= generation.sequence:
        known = f"sequences {first} to {generation.sequence}" if generation.sequence >= first else "nothing yet"
        raise InputError(
            f"what index {generation.index!r} held at sequence {found} is not known; known are {known}",
            hint=f"llmops index history {generation.index}",
        )
    return found


@dataclass(frozen=True, slots=True)
class _Kept:
    generation: int
    sequence: int
    parts: "tuple[tuple[list[str], Vectors], ...]"


class PastSearcher:
    """Searches what generations held at sequences of their manifests."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: _Kept | None = None
        self._words: tuple[int, int, PastWords] | None = None

    def lost(self, generation: Generation, sequence: int) -> Iterator[list[tuple[str, str]]]:
        """The chunks of then whose vectors the embedding cache has lost, with the keys of those, in pages."""
        if self._is_kept(generation, sequence) is None:
            for page in self._store.corpus.past.keys_at(generation.id, sequence):
                known = self._store.embeddings.known([key for _, key in page])
                if lost := [(cid, key) for cid, key in page if key not in known]:
                    yield lost

    def search(
        self, generation: Generation, sequence: int, vector: "Vectors", k: int, any_of: Sequence[frozenset[str]]
    ) -> list[tuple[Chunk, float]]:
        """The k nearest chunks of then that a filter admits, best first; equal scores in the order of documents."""
        past, best = self._store.corpus.past, list[tuple[float, str]]()  # of equal scores the first ids, as stores do
        for cids, matrix in self._parts(generation, sequence):
            allowed = set(cids)
            if any_of:
                were = past.chunks_at(generation.id, sequence, cids)
                allowed = {cid for cid, chunk in were.items() if admits(any_of, filed(chunk))}
            pairs = zip((-(matrix @ vector)).tolist(), cids, strict=True)
            best = heapq.nsmallest(k, [*best, *(pair for pair in pairs if pair[1] in allowed)])
        chunks = past.chunks_at(generation.id, sequence, [cid for _, cid in best])
        found = [(chunks[cid], max(-1.0, min(1.0, -far))) for far, cid in best]
        return sorted(found, key=lambda hit: (-round(hit[1], 5), hit[0].key, hit[0].ordinal))

    def worded(
        self, generation: Generation, sequence: int, text: str, k: int, any_of: Sequence[frozenset[str]]
    ) -> list[tuple[Chunk, float]]:
        """The k chunks of then that fit the words of a question best, of those that a filter admits, best first."""
        asked = asked_words(text)
        ranked = self._words_at(generation, sequence, asked).search(asked)
        found: list[tuple[Chunk, float]] = []
        start, size = 0, k
        while len(found) < k and start < len(ranked):
            part = ranked[start : start + size]
            chunks = self._store.corpus.past.chunks_at(generation.id, sequence, [cid for cid, _ in part])
            were = [(chunks[cid], score) for cid, score in part if cid in chunks]
            found += [(chunk, score) for chunk, score in were if admits(any_of, filed(chunk))]
            start, size = start + size, size * 4  # a filter let few of them through
        return found[:k]

    def vectors(self, generation: Generation, sequence: int, cids: Sequence[str]) -> "dict[str, Vectors]":
        """The vectors of those chunks that there were then, by id."""
        wanted, found = set(cids), dict[str, "Vectors"]()
        for held, matrix in self._parts(generation, sequence):
            found |= {cid: matrix[row] for row, cid in enumerate(held) if cid in wanted}
        return found

    def _words_at(self, generation: Generation, sequence: int, asked: Sequence[str]) -> PastWords:
        if self._words is not None and self._words[:2] == (generation.id, sequence):
            return self._words[2]
        past, passages = self._store.corpus.past, self._store.passages
        chunks = sum(len(page) for page in past.keys_at(generation.id, sequence))
        if chunks > KEPT:
            return PastWords(passages.texts_at(generation.id, sequence), set(asked))
        self._words = (generation.id, sequence, PastWords(passages.texts_at(generation.id, sequence)))
        return self._words[2]

    def _is_kept(self, generation: Generation, sequence: int) -> _Kept | None:
        kept = self._kept
        same = kept is not None and (kept.generation, kept.sequence) == (generation.id, sequence)
        return kept if same else None

    def _parts(self, generation: Generation, sequence: int) -> "Iterator[tuple[list[str], Vectors]]":
        kept = self._is_kept(generation, sequence)
        if kept is not None:
            yield from kept.parts
            return
        seen: list[tuple[list[str], Vectors]] = []
        count = 0
        for cids, matrix in self._read(generation, sequence):
            count += len(cids)
            if count <= KEPT:
                seen.append((cids, matrix))
            yield cids, matrix
        self._kept = _Kept(generation.id, sequence, tuple(seen)) if count <= KEPT else None

    def _read(self, generation: Generation, sequence: int) -> "Iterator[tuple[list[str], Vectors]]":
        import numpy as np

        for page in self._store.corpus.past.keys_at(generation.id, sequence):
            for start in range(0, len(page), _PART):
                part = page[start : start + _PART]
                known = self._store.embeddings.get_many([key for _, key in part])
                held = [(cid, key) for cid, key in part if key in known]
                if held:
                    yield [cid for cid, _ in held], np.stack([known[key] for _, key in held])


async def embed_lost(
    searcher: PastSearcher,
    store: Store,
    embedder: Callable[[], Embedder],
    generation: Generation,
    sequence: int,
    batch: int = 128,
) -> int:
    """Embed chunks of then again whose vectors the cache has lost; returns how many texts. Where none is, no embedder is asked
    for."""
    pages, embedded = searcher.lost(generation, sequence), 0
    while page := await to_thread(next, pages, ()):
        header = open_header(generation.spec.chunking, embedder())
        for start in range(0, len(page), batch):
            part = page[start : start + batch]
            chunks = await to_thread(store.corpus.past.chunks_at, generation.id, sequence, [cid for cid, _ in part])
            found = [chunks[cid] for cid, _ in part]
            texts = [header(chunk.metadata, str(chunk.metadata.get("title", ""))) + chunk.text for chunk in found]
            vectors = await embedder().embed(texts)
            fresh = {key: vector for (_, key), vector in zip(part, vectors, strict=True)}
            await to_thread(store.embeddings.put_many, fresh)
            embedded += len(part)
    return embedded

"""Find the chunks that answer a question best: by vectors, by words, or by both.

Vectors are compared one by one where they are few (`exact`), else by the vector store where it is in order. A generation that
is being written, or whose vector store cannot be trusted or opened, is searched over the vectors in the embedding cache:
slower, never wrong, and without waiting for the sync. All that a search reads of the store it reads as of one moment, so
nothing that it sees is half a commit; and whoever found a chunk, whether it passes the filters is asked of the manifest once
more before it is returned.
"""

import heapq
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from llmops.core.bridge import to_thread
from llmops.core.errors import InputError, VectorStoreError
from llmops.domain.corpus import Chunk, Context, Hits, RagSpec
from llmops.domain.filters import admits, wanted
from llmops.domain.manifest import Generation
from llmops.domain.ports import Embedder, Filters
from llmops.domain.retrieval import Mode
from llmops.index.exact import EXACT_BELOW, ExactSearch
from llmops.index.generations import find_generation
from llmops.index.reader import VectorReader
from llmops.index.vectors import VectorPlace
from llmops.measures.fusion import reciprocal_rank_fusion
from llmops.storage.store import Store

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

_LOG = logging.getLogger("llmops.index")
_PART: Final = 1000  # vectors compared at once

Found = list[tuple[Chunk, float]]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked beside the words: in which way, for how many, of which similarity at least, under which filters."""

    mode: Mode
    k: int
    min_score: float | None = None
    filters: Filters = field(default_factory=dict)


class Searcher:
    """Searches the generation of one configuration."""

    def __init__(
        self, index: str, spec: RagSpec, store: Store, place: VectorPlace, exact_below: int = EXACT_BELOW
    ) -> None:
        self._index = index
        self._spec = spec
        self._store = store
        self._place = place
        self._reader = VectorReader(place)
        self._exact = ExactSearch(store, exact_below)

    async def search(self, embedder: Callable[[], Embedder], text: str, query: Query) -> Hits:
        """Find the best chunks for a text that match, best first. Where no vectors are compared, nothing is embedded.

        Raises:
            InputError: no generation has been built for this configuration and embedder, or no filter can be written so.
        """
        any_of = wanted(query.filters)  # a filter that cannot be is an error before anything is asked
        identity, vector = "", None
        if query.mode != "lexical":
            opened = embedder()
            identity = opened.identity
            await to_thread(self.generation, identity)
            vector = (await opened.embed([text], "query"))[0]
        hits = await to_thread(self._search, identity, text, vector, query, any_of)
        self._reader.rest()
        return hits

    async def vectors(self, hits: Hits) -> "dict[str, Vectors]":
        """The vectors of what was found, by id; there are none of chunks that are gone meanwhile."""
        return await to_thread(self._vectors_of, self.number(hits), [context.id for context in hits.contexts])

    def generation(self, embedder: str = "") -> Generation:
        """The built generation of this configuration and embedder; of any embedder where none is named.

        Raises:
            InputError: there is none; the message says what there is.
        """
        generations = self._store.corpus.generations(self._index)
        found = find_generation(generations, self._spec, embedder) if embedder else None
        other = find_generation(generations, self._spec)
        found = found if embedder else other
        if found is not None and found.answers:
            return found
        if found is not None:
            problem = f"index {self._index!r} has not been built completely yet"
            if found.state == "broken":
                problem = f"index {self._index!r} was not sound when it was built"
        elif other is not None:
            problem = f"index {self._index!r} was built with {other.embedder}, and is asked with {embedder}"
        elif generations:
            problem = f"index {self._index!r} has not been built for this configuration"
        else:
            problem = f"index {self._index!r} has not been built"
        build = " --build" if found is None and generations else ""
        command = f"llmops index sync {self._index}{build}"
        raise InputError(problem, hint=command)

    def number(self, hits: Hits) -> int:
        """What the store calls the generation that hits came from; 0 if it is gone."""
        generations = self._store.corpus.generations(self._index)
        return next((each.id for each in generations if each.uid == hits.generation), 0)

    def close(self) -> None:
        """Let go of the vector store, and of the vectors in memory."""
        self._reader.close()
        self._exact.close()

    def _search(
        self, identity: str, text: str, vector: "Vectors | None", query: Query, any_of: list[frozenset[str]]
    ) -> Hits:
        with self._store.database.snapshot():
            generation = self.generation(identity)
            found: Found = []
            if vector is not None:
                found = self._near(generation, vector, query, any_of)
            if query.mode != "dense":
                worded = self._worded(generation, text, query, any_of)
                if vector is None:
                    found = worded
                else:
                    found = fused(found, worded, query.min_score, self._similarity(generation, vector))
        contexts = tuple(context_of(chunk, score) for chunk, score in found[: query.k])
        return Hits(contexts=contexts, generation=generation.uid, sequence=generation.sequence)

    def _near(self, generation: Generation, vector: "Vectors", query: Query, any_of: Sequence[frozenset[str]]) -> Found:
        """The nearest chunks, best first; equal scores in the order of documents, whatever the vector store makes of them."""
        found = self._nearest(generation, vector, query, any_of)
        passing = [(chunk, max(-1.0, min(1.0, score))) for chunk, score in found if admits(any_of, filed(chunk))]
        if query.min_score is not None and query.mode == "dense":
            passing = [(chunk, score) for chunk, score in passing if score >= query.min_score]
        return sorted(passing, key=lambda hit: (-round(hit[1], 5), hit[0].key, hit[0].ordinal))

    def _nearest(
        self, generation: Generation, vector: "Vectors", query: Query, any_of: Sequence[frozenset[str]]
    ) -> Found:
        corpus, k = self._store.corpus, query.k
        found = self._exact.search(generation, vector, k, any_of)
        if found is None and self._place.distrust(generation):
            self._reader.close()
        elif found is None:
            try:
                found = self._reader.search(generation, vector, k, query.filters)
                chunks = corpus.chunks(generation.id, [cid for cid, _ in found])
                if len(chunks) == len(found):
                    return [(chunks[cid], score) for cid, score in found]
                found = None
            except VectorStoreError as error:
                _LOG.warning("searching %s exactly from the store: %s", self._index, error.message)
        if found is None:
            found = self._search_exactly(generation, vector, k, any_of)
        chunks = corpus.chunks(generation.id, [cid for cid, _ in found])
        return [(chunks[cid], score) for cid, score in found if cid in chunks]

    def _worded(self, generation: Generation, text: str, query: Query, any_of: Sequence[frozenset[str]]) -> Found:
        """The chunks that fit the words best, best first."""
        asked = query.k
        while True:
            found = self._store.lexical.search(generation.id, text, asked, query.filters)
            chunks = self._store.corpus.chunks(generation.id, [cid for cid, _ in found])
            passing = [
                (chunks[cid], score) for cid, score in found if cid in chunks and admits(any_of, filed(chunks[cid]))
            ]
            if len(passing) >= query.k or len(found) < asked:
                return passing[: query.k]
            asked *= 4  # what the store let through did not pass after all

    def _search_exactly(
        self, generation: Generation, vector: "Vectors", k: int, any_of: Sequence[frozenset[str]]
    ) -> list[tuple[str, float]]:
        """Compare with every vector that the embedding cache has for the chunks that match."""
        import numpy as np

        best: list[tuple[float, str]] = []
        for page in self._store.corpus.embedding_keys(generation.id):
            for start in range(0, len(page), _PART):
                part = page[start : start + _PART]
                if any_of:
                    metadata = self._store.corpus.metadata(generation.id, [cid for cid, _ in part])
                    part = [(cid, key) for cid, key in part if cid in metadata and admits(any_of, metadata[cid])]
                known = self._store.embeddings.get_many([key for _, key in part])
                held = [(cid, key) for cid, key in part if key in known]
                if held:
                    scores = np.stack([known[key] for _, key in held]) @ vector
                    pairs = zip(scores.tolist(), (cid for cid, _ in held), strict=True)
                    best = heapq.nlargest(k, [*best, *pairs])
        return [(cid, score) for score, cid in best]

    def _similarity(self, generation: Generation, vector: "Vectors") -> Callable[[list[str]], dict[str, float]]:
        def similarity(cids: list[str]) -> dict[str, float]:
            return {cid: float(other @ vector) for cid, other in self._vectors_of(generation.id, cids).items()}

        return similarity

    def _vectors_of(self, generation: int, cids: list[str]) -> "dict[str, Vectors]":
        keys = self._store.passages.vector_keys(generation, cids)
        known = self._store.embeddings.get_many(list(keys.values()))
        return {cid: known[key] for cid, key in keys.items() if key in known}


def fused(
    near: Found, worded: Found, floor: float | None, similarity: Callable[[list[str]], dict[str, float]]
) -> Found:
    """Rankings by vectors and by words in one, without what is less similar than it should be. Of two chunks that score the same,
    the one that has more of the words comes first: measured on xquad, that finds more (docs/retrieval.md).

    Args:
        near: found by vectors, with similarities.
        worded: found by words.
        floor: the smallest similarity, None for any.
        similarity: that of further chunks, by id.
    """
    chunks = {chunk.cid: chunk for chunk, _ in (*near, *worded)}
    rankings = [[chunk.cid for chunk, _ in worded], [chunk.cid for chunk, _ in near]]
    if floor is not None:
        known = {chunk.cid: score for chunk, score in near}
        known |= similarity([cid for cid in rankings[0] if cid not in known])
        rankings = [[cid for cid in ranking if known.get(cid, -1.0) >= floor] for ranking in rankings]
    return [(chunks[cid], score) for cid, score in reciprocal_rank_fusion(rankings).items()]


def filed(chunk: Chunk) -> dict[str, object]:
    """What a chunk can be filtered by."""
    return {**chunk.metadata, "source": chunk.source, "key": chunk.key}


def context_of(chunk: Chunk, score: float) -> Context:
    """A chunk as it is handed to a model."""
    place = {"source": chunk.source, "key": chunk.key, "line": chunk.line, "end_line": chunk.end_line}
    if chunk.page is not None:
        place["page"] = chunk.page
    metadata = {**chunk.metadata, **place, "ordinal": chunk.ordinal}
    return Context(id=chunk.cid, text=chunk.text, score=score, metadata=metadata)

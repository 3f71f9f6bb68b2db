"""Find the chunks nearest to a question: by the vector store where it is in order, else exactly from the store.

A generation that is being written, or whose vector store cannot be trusted or opened, is searched over the vectors in the
embedding cache: slower, never wrong, and without waiting for the sync. Nothing that a searcher sees is half a commit.
"""

import heapq
import logging
from typing import TYPE_CHECKING

from llmops.core.bridge import to_thread
from llmops.core.errors import InputError, VectorStoreError
from llmops.domain.corpus import Chunk, Context, Hits, RagSpec
from llmops.domain.filters import admits, wanted
from llmops.domain.manifest import Generation
from llmops.domain.ports import Embedder, Filters
from llmops.index.generations import find_generation
from llmops.index.reader import VectorReader
from llmops.index.vectors import VectorPlace
from llmops.storage.store import Store

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

_LOG = logging.getLogger("llmops.index")
_PART = 1000  # vectors compared at once


class Searcher:
    """Searches the generation of one configuration."""

    def __init__(self, index: str, spec: RagSpec, store: Store, place: VectorPlace) -> None:
        self._index = index
        self._spec = spec
        self._store = store
        self._place = place
        self._reader = VectorReader(place)

    async def search(
        self, embedder: Embedder, text: str, k: int, min_score: float | None, filters: Filters | None = None
    ) -> Hits:
        """Embed a text and find the k nearest chunks that match and score at least `min_score`, best first.

        Raises:
            InputError: no generation has been built for this configuration and embedder, or no filter can be written so.
        """
        wanted(filters)  # a filter that cannot be is an error before anything is asked
        generation = await to_thread(self.generation, embedder.identity)
        vector = (await embedder.embed([text], "query"))[0]
        found = await to_thread(self._nearest, generation, vector, k, filters)
        self._reader.rest()
        contexts = tuple(_context(chunk, score) for chunk, score in found if min_score is None or score >= min_score)
        return Hits(contexts=contexts, generation=generation.uid, sequence=generation.sequence)

    def generation(self, embedder: str) -> Generation:
        """The built generation of this configuration and embedder.

        Raises:
            InputError: there is none; the message says what there is.
        """
        generations = self._store.corpus.generations(self._index)
        found = find_generation(generations, self._spec, embedder)
        if found is not None and found.state == "ready":
            return found
        other = find_generation(generations, self._spec)
        if found is not None:
            problem = f"index {self._index!r} has not been built completely yet"
        elif other is not None:
            problem = f"index {self._index!r} was built with {other.embedder}, and is asked with {embedder}"
        elif generations:
            problem = f"index {self._index!r} has not been built for this configuration"
        else:
            problem = f"index {self._index!r} has not been built"
        mend = found is None and other is not None
        command = f"llmops index verify {self._index} --repair" if mend else f"llmops index sync {self._index}"
        raise InputError(problem, hint=command)

    def close(self) -> None:
        """Let go of the vector store."""
        self._reader.close()

    def _nearest(
        self, generation: Generation, vector: "Vectors", k: int, filters: Filters | None
    ) -> list[tuple[Chunk, float]]:
        corpus = self._store.corpus
        if self._place.distrust(generation):
            self._reader.close()
        else:
            try:
                found = self._reader.search(generation, vector, k, filters)
                chunks = corpus.chunks(generation.id, [cid for cid, _ in found])
                if len(chunks) == len(found):
                    return _in_order([(chunks[cid], score) for cid, score in found])
            except VectorStoreError as error:
                _LOG.warning("searching %s exactly from the store: %s", self._index, error.message)
        found = self._search_exactly(generation, vector, k, wanted(filters))
        chunks = corpus.chunks(generation.id, [cid for cid, _ in found])
        return _in_order([(chunks[cid], score) for cid, score in found if cid in chunks])

    def _search_exactly(
        self, generation: Generation, vector: "Vectors", k: int, any_of: list[frozenset[str]]
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


def _in_order(found: list[tuple[Chunk, float]]) -> list[tuple[Chunk, float]]:
    """Best first; equal scores in the order of documents, so that answers do not depend on the vector store."""
    return sorted(found, key=lambda hit: (-round(hit[1], 5), hit[0].key, hit[0].ordinal))


def _context(chunk: Chunk, score: float) -> Context:
    place = {"source": chunk.source, "key": chunk.key, "line": chunk.line, "end_line": chunk.end_line}
    if chunk.page is not None:
        place["page"] = chunk.page
    metadata = {**chunk.metadata, **place, "ordinal": chunk.ordinal}
    return Context(id=chunk.cid, text=chunk.text, score=max(-1.0, min(1.0, score)), metadata=metadata)

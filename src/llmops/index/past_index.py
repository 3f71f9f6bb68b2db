"""An index as it was at a sequence, with the faces that retrieval asks of an index: search, vectors, stretches, staleness.

It answers in the mode of the configuration, from vectors of the embedding cache and words of the texts of then. Nothing that a
sync, a rollback or another generation does changes what it finds, as long as its history is not forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.core.bridge import to_thread
from llmops.core.errors import InputError
from llmops.domain.corpus import Hits, RagSpec
from llmops.domain.filters import wanted
from llmops.domain.manifest import Generation
from llmops.domain.ports import Embedder, Filters
from llmops.index.past import PastSearcher, embed_lost
from llmops.index.search import Query, context_of, fused
from llmops.index.stretches import gather_stretches
from llmops.storage.store import Store

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

Placed = tuple[Generation, int]
"""A generation and a sequence of its manifest."""


@dataclass(frozen=True, slots=True)
class PastIndex:
    """An index as it was.

    Attributes:
        spec: how it is asked.
        store: where its history is.
        embedder: what questions are embedded with.
        place: the generation and sequence for an embedder of that identity (empty: any); raises InputError where there is none.
        searcher: holds the vectors and words of the moment.
        clock: seconds since 1970.
    """

    name: str
    spec: RagSpec
    store: Store
    embedder: Callable[[], Embedder]
    place: Callable[[str], Placed]
    searcher: PastSearcher
    clock: Callable[[], float]

    async def search(
        self, text: str, *, k: int | None = None, min_score: float | None = None, filters: Filters | None = None
    ) -> Hits:
        """Find the chunks that were best for a text, best first, with the texts of then.

        Raises:
            InputError: a required filter is missing, the index was built with another embedder, or what it held is not known.
        """
        retrieval = self.spec.retrieval
        floor = retrieval.min_score if min_score is None else min_score
        query = Query(retrieval.mode, k or retrieval.k, floor, retrieval.filters_for(self.name, filters))
        any_of = wanted(query.filters)
        if query.mode == "lexical":
            placed = await to_thread(self.place, "")
            return await to_thread(self._find, placed, text, None, query, any_of)
        embedder = self.embedder()
        generation, sequence = placed = await to_thread(self.place, embedder.identity)
        await embed_lost(self.searcher, self.store, lambda: embedder, generation, sequence)
        vector = (await embedder.embed([text], "query"))[0]
        return await to_thread(self._find, placed, text, vector, query, any_of)

    async def vectors(self, hits: Hits) -> "dict[str, Vectors]":
        """The vectors of what was found, by id."""
        generation, sequence = await to_thread(self.place, "")
        return await to_thread(self.searcher.vectors, generation, sequence, [c.id for c in hits.contexts])

    async def read(self, hits: Hits) -> Hits:
        """What was found as it is to be read: parents in place of chunks, chunks that overlap as one."""
        generation, sequence = await to_thread(self.place, "")
        contexts = await to_thread(gather_stretches, self.store, generation.id, hits.contexts, sequence)
        return hits.model_copy(update={"contexts": contexts})

    async def is_stale(self, hits: Hits, seconds: float) -> bool:
        """Whether it lacks a change, or may lack one, that is older than so many seconds."""
        generation, sequence = await to_thread(self.place, "")
        changed = await to_thread(self.store.passages.changed_after, generation.id, sequence)
        since = (
            changed.timestamp() if changed else await to_thread(self.store.corpus.freshness.lacks_since, generation.id)
        )
        return since is None or self.clock() - since > seconds

    def _find(
        self, placed: Placed, text: str, vector: "Vectors | None", query: Query, any_of: list[frozenset[str]]
    ) -> Hits:
        generation, sequence = placed
        with self.store.database.snapshot():
            found = []
            if vector is not None:
                found = self.searcher.search(generation, sequence, vector, query.k, any_of)
            if query.mode == "dense" and query.min_score is not None:
                found = [(chunk, score) for chunk, score in found if score >= query.min_score]
            if query.mode != "dense":
                worded = self.searcher.worded(generation, sequence, text, query.k, any_of)
                floor = query.min_score
                found = worded if vector is None else fused(found, worded, floor, self._similarity(placed, vector))
        contexts = tuple(context_of(chunk, score) for chunk, score in found[: query.k])
        return Hits(contexts=contexts, generation=generation.uid, sequence=sequence)

    def _similarity(self, placed: Placed, vector: "Vectors") -> Callable[[list[str]], dict[str, float]]:
        def similarity(cids: list[str]) -> dict[str, float]:
            return {cid: float(other @ vector) for cid, other in self.searcher.vectors(*placed, cids).items()}

        return similarity


def pinned_place(store: Store, name: str, spec: RagSpec, uid: str, sequence: int) -> Callable[[str], Placed]:
    """Find a generation by its uid, at a sequence."""

    def place(embedder: str) -> Placed:
        generation = next((each for each in store.corpus.generations(name) if each.uid == uid), None)
        if generation is None or generation.fingerprint != spec.fingerprint:
            raise InputError(
                f"generation {uid} of index {name!r}, from which is answered as of sequence {sequence}, is not there",
                hint=f"See what there is: llmops index generations {name}; then promote the app again.",
            )
        if embedder not in ("", generation.embedder):
            raise InputError(
                f"generation {uid} of index {name!r} was built with {generation.embedder}, and is asked with {embedder}",
                hint="Answer with the embedding model that it was built with, or promote the app again.",
            )
        if not max(1, generation.oldest) <= sequence <= generation.sequence:
            raise InputError(
                f"what generation {uid} of index {name!r} held at sequence {sequence} is not known any more",
                hint=f"See what is: llmops index history {name}; then promote the app again.",
            )
        return generation, sequence

    return place

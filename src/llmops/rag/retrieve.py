"""Retrieval as an application sees it: a question in, contexts out.

rewrite the question → ask it in further ways → search with each → fuse → rerank → choose k → pack. What a configuration does
not ask for is not done. All contexts come from one index; each was seen to pass the filters by the store that found it and by
the truth that it was read from.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from llmops.core.durations import seconds
from llmops.core.errors import InputError
from llmops.domain.corpus import Context, Hits
from llmops.domain.interaction import Message
from llmops.domain.ports import Filters, Reranker
from llmops.domain.retrieval import RetrievalSpec
from llmops.domain.usage import Usage
from llmops.measures.fusion import marginal_relevance, reciprocal_rank_fusion
from llmops.rag.queries import QueryWriter

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors


class Search(Protocol):
    """Searches one index, as `Index.search` does."""

    async def __call__(self, text: str, *, k: int | None = None, filters: Filters | None = None) -> Hits: ...


async def _no_vectors(hits: Hits) -> "Mapping[str, Vectors]":
    return {}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a search; a team's own retriever has less of it.

    Attributes:
        vectors: of hits, for diversity.
        read: puts in place of chunks what is to be read.
        pack: makes contexts fit a budget.
        lacks: tells whether an index may lack a change older than so many seconds.
    """

    vectors: "Callable[[Hits], Awaitable[Mapping[str, Vectors]]]" = _no_vectors
    read: Callable[[Hits], Awaitable[Hits]] | None = None
    pack: Callable[[Sequence[Context]], tuple[Context, ...]] | None = None
    lacks: Callable[[Hits, float], Awaitable[bool]] | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Finds contexts in one index, or by a team's own function.

    Attributes:
        name: of the RAG configuration, for messages.
        spec: how contexts are found.
        search: what finds them.
        writer: what puts questions into other words.
        reranker: what puts candidates in another order.
        around: what stands around the search.
    """

    name: str
    spec: RetrievalSpec
    search: Search
    writer: QueryWriter = field(default_factory=QueryWriter)
    reranker: Reranker | None = None
    around: Surroundings = field(default_factory=Surroundings)

    async def retrieve(
        self,
        question: str,
        *,
        k: int | None = None,
        filters: Filters | None = None,
        history: Sequence[Message] = (),
        repeat: int = 0,
    ) -> Hits:
        """The best contexts, at most k of them (the configured number by default).

        Raises:
            InputError: the question is empty, a required filter is missing, or the index has not been built.
            ModelError: a model that rewrites or reranks gave no usable answer.
        """
        if not question.strip():
            raise InputError("the question is empty, so there is nothing to search for", hint="Ask something.")
        wanted, holding = k or self.spec.k, self.spec.filters_for(self.name, filters)
        queries, spent = await self.writer.write(question, history, repeat)
        pool = self.spec.pool(wanted)
        found = [await self.search(query, k=pool, filters=holding) for query in queries]
        hits = _fused(found)
        if self.reranker is not None and hits.contexts:
            ranked, usage = await self._rerank(question, hits.contexts, repeat)
            hits, spent = hits.model_copy(update={"contexts": ranked}), spent + usage
        chosen = hits.model_copy(update={"contexts": await self._choose(hits, wanted), "usage": spent})
        return await self._finish(chosen)

    async def _finish(self, hits: Hits) -> Hits:
        """Make of what was chosen what is read, and mark it where the index may lag behind its sources."""
        if self.around.read is not None:
            hits = await self.around.read(hits)
        if self.around.pack is not None:
            hits = hits.model_copy(update={"contexts": self.around.pack(hits.contexts)})
        if self.spec.max_staleness is not None and self.around.lacks is not None:
            stale = await self.around.lacks(hits, seconds(self.spec.max_staleness))
            hits = hits.model_copy(update={"is_stale": stale})
        return hits

    async def _rerank(
        self, question: str, contexts: tuple[Context, ...], repeat: int
    ) -> tuple[tuple[Context, ...], Usage]:
        assert self.reranker is not None
        scores, usage = await self.reranker.rerank(question, [context.text for context in contexts], repeat=repeat)
        if len(scores) != len(contexts):
            raise InputError(
                f"the reranker of rag/{self.name} gave {len(scores)} scores for {len(contexts)} texts",
                hint="It must give one for each, in their order.",
            )
        floor = self.spec.rerank.min_score if self.spec.rerank is not None else None
        pairs = [(score, context) for score, context in zip(scores, contexts, strict=True)]
        pairs.sort(key=lambda pair: -pair[0])  # equal scores keep the order of the search
        kept = [
            context.model_copy(update={"score": score}) for score, context in pairs if floor is None or score >= floor
        ]
        return tuple(kept), usage

    async def _choose(self, hits: Hits, k: int) -> tuple[Context, ...]:
        if self.spec.mmr is None:
            return hits.contexts[:k]
        vectors = await self.around.vectors(hits)
        highest = max((abs(context.score) for context in hits.contexts), default=0.0)
        scale = max(1.0, highest) if self.spec.mode == "dense" and self.reranker is None else highest
        relevance = {context.id: context.score / scale if scale else 0.0 for context in hits.contexts}
        by_id = {context.id: context for context in hits.contexts}
        return tuple(by_id[cid] for cid in marginal_relevance(relevance, vectors, k, self.spec.mmr))


def _fused(found: Sequence[Hits]) -> Hits:
    """What several queries found, by reciprocal rank fusion; of one query as it is."""
    if len(found) == 1:
        return found[0]
    scores = reciprocal_rank_fusion([[context.id for context in hits.contexts] for hits in found])
    by_id = {context.id: context for hits in reversed(found) for context in hits.contexts}
    contexts = tuple(by_id[cid].model_copy(update={"score": score}) for cid, score in scores.items())
    return found[0].model_copy(update={"contexts": contexts})

"""Retrieval as an application sees it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.corpus import Context, Hits
from llmops.domain.filters import Filters
from llmops.domain.interaction import ChatReply
from llmops.domain.retrieval import RerankSpec, RetrievalSpec
from llmops.domain.usage import Usage
from llmops.rag.queries import QueryWriter
from llmops.rag.retrieve import Pipeline, Surroundings


@dataclass
class Shelf:
    """Finds the letters of a query, in its order, and remembers what it was asked."""

    asked: list[tuple[str, int | None, Filters | None]] = field(default_factory=list)

    async def __call__(self, text: str, *, k: int | None = None, filters: Filters | None = None) -> Hits:
        self.asked.append((text, k, filters))
        contexts = tuple(Context(id=c, text=c, score=1 - n / 10) for n, c in enumerate(text[:k]))
        return Hits(contexts=contexts, generation="g", sequence=3)


class Backwards:
    """Scores later texts higher."""

    async def rerank(self, question: str, texts: Sequence[str], *, repeat: int = 0) -> tuple[list[float], Usage]:
        return [float(n) for n in range(len(texts))], Usage(prompt_tokens=5, cost=0.5)


def ids(pipeline: Pipeline, question: str = "abcdefgh", k: int | None = None, **filters: Json) -> str:
    return "".join(c.id for c in asyncio.run(pipeline.retrieve(question, k=k, filters=filters)).contexts)


def test_it_passes_on_what_the_index_finds() -> None:
    shelf = Shelf()
    assert ids(Pipeline("docs", RetrievalSpec(k=3), shelf)) == "abc"
    assert ids(Pipeline("docs", RetrievalSpec(k=3, filters={"lang": "en"}), shelf), k=2, tenant="a") == "ab"
    assert shelf.asked == [("abcdefgh", 3, {}), ("abcdefgh", 2, {"lang": "en", "tenant": "a"})]


def test_an_empty_question_and_a_missing_filter_are_refused_before_anything_is_asked() -> None:
    shelf = Shelf()
    pipeline = Pipeline("docs", RetrievalSpec(required_filters=("tenant",)), shelf)
    with pytest.raises(InputError, match="the question is empty"):
        ids(pipeline, " \n")
    with pytest.raises(InputError, match="there is no filter 'tenant', and rag/docs answers nobody without it"):
        ids(pipeline)
    assert shelf.asked == []


def test_candidates_are_reranked_and_what_scores_too_little_is_left_out() -> None:
    spec = RetrievalSpec(k=2, candidates=5, rerank=RerankSpec(min_score=4))
    hits = asyncio.run(Pipeline("docs", spec, Shelf(), reranker=Backwards()).retrieve("abcdefgh"))
    assert [(c.id, c.score) for c in hits.contexts] == [("e", 4.0)]
    assert hits.usage == Usage(prompt_tokens=5, cost=0.5)


def test_a_reranker_that_miscounts_is_named() -> None:
    class Short:
        async def rerank(self, question: str, texts: Sequence[str], *, repeat: int = 0) -> tuple[list[float], Usage]:
            return [1.0], Usage()

    with pytest.raises(InputError, match="the reranker of rag/docs gave 1 scores for 5 texts"):
        ids(Pipeline("docs", RetrievalSpec(candidates=5, rerank=RerankSpec()), Shelf(), reranker=Short()))


def test_what_several_queries_find_is_fused() -> None:
    async def vary(values: Mapping[str, Json], repeat: int) -> ChatReply:
        return ChatReply(text='["bxy", "byz"]', model="m", usage=Usage(prompt_tokens=1))

    shelf = Shelf()
    pipeline = Pipeline("docs", RetrievalSpec(k=2, candidates=3), shelf, QueryWriter(vary=vary, count=2))
    assert ids(pipeline, "abc") == "by"
    assert [text for text, _, _ in shelf.asked] == ["abc", "bxy", "byz"]


def test_diversity_packing_and_staleness() -> None:
    async def vectors(hits: Hits) -> Mapping[str, "np.ndarray[tuple[int], np.dtype[np.float32]]"]:
        return {c.id: np.array([c.id in "ab", c.id not in "ab"], dtype=np.float32) for c in hits.contexts}

    async def stale(hits: Hits, seconds: float) -> bool:
        return seconds == 60.0

    spec = RetrievalSpec(k=2, candidates=4, mmr=0.5, max_staleness="1m")
    around = Surroundings(vectors=vectors, lacks=stale, pack=lambda contexts: tuple(contexts)[::-1])
    hits = asyncio.run(Pipeline("docs", spec, Shelf(), around=around).retrieve("abcd"))
    assert [c.id for c in hits.contexts] == ["c", "a"]
    assert hits.is_stale

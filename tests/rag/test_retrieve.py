"""Retrieval as an application sees it."""

import asyncio

import pytest

from llmops.core.errors import InputError
from llmops.domain.corpus import Context, Hits
from llmops.domain.ports import Retriever
from llmops.rag.retrieve import IndexRetriever


async def search(text: str, *, k: int | None = None) -> Hits:
    return Hits(contexts=(Context(id=f"{text}/{k}", text="found"),), generation="g", sequence=3)


def test_it_passes_on_what_the_index_finds() -> None:
    retriever: Retriever = IndexRetriever(search)
    assert asyncio.run(retriever.retrieve("how", k=2)).contexts[0].id == "how/2"
    assert asyncio.run(retriever.retrieve("how")) == Hits(
        contexts=(Context(id="how/None", text="found"),), generation="g", sequence=3
    )


def test_an_empty_question_is_refused() -> None:
    with pytest.raises(InputError, match="the question is empty"):
        asyncio.run(IndexRetriever(search).retrieve(" \n"))

"""Retrieval as an application sees it: a question in, contexts out."""

from dataclasses import dataclass
from typing import Protocol

from llmops.core.errors import InputError
from llmops.domain.corpus import Hits


class Search(Protocol):
    """Searches one index, as `Index.search` does; None means the configured number."""

    async def __call__(self, text: str, *, k: int | None = None) -> Hits: ...


@dataclass(frozen=True, slots=True)
class IndexRetriever:
    """Finds contexts in one index."""

    search: Search

    async def retrieve(self, question: str, *, k: int | None = None) -> Hits:
        """The best contexts, at most k of them (the configured number by default).

        Raises:
            InputError: the question is empty, or the index has not been built.
        """
        if not question.strip():
            raise InputError("the question is empty, so there is nothing to search for", hint="Ask something.")
        return await self.search(question, k=k)

"""Every chunking method keeps what is promised of chunkers; one that does not is told what it breaks."""

import pytest

from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Chunker, Embedder, Span
from llmops.index.chunking.methods import open_chunker
from llmops.testing.conformance import ChunkerConformance


class TestMarkdown(ChunkerConformance):
    def open(self, spec: ChunkingSpec, embedder: Embedder) -> Chunker:
        return open_chunker(spec, embedder)


class TestSemantic(ChunkerConformance):
    def open(self, spec: ChunkingSpec, embedder: Embedder) -> Chunker:
        return open_chunker(spec.model_copy(update={"method": "semantic"}), embedder)


class TestCode(ChunkerConformance):
    key = "a.py"

    def open(self, spec: ChunkingSpec, embedder: Embedder) -> Chunker:
        return open_chunker(spec.model_copy(update={"method": "code"}), embedder)


class FirstWord:
    def spans(self, document: Document) -> list[Span]:
        return [Span(0, 1)] if document.text.strip() else []


def test_a_chunker_that_loses_text_is_told_so() -> None:
    class Bad(ChunkerConformance):
        def open(self, spec: ChunkingSpec, embedder: Embedder) -> Chunker:
            return FirstWord()

    with pytest.raises(AssertionError, match=r"nothing holds|an empty chunk"):
        Bad().test_chunks_are_in_order_cover_the_text_and_fit()

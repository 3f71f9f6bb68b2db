"""The chunking methods by name: `markdown`, `recursive`, `sentence`, `fixed`, and what packages add as `llmops.chunkers`."""

from collections.abc import Callable, Sequence
from typing import Final

from llmops.core.catalog import Catalog
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Chunker, Span
from llmops.index.chunking.packing import Piece, Splitter, lines, pack, paragraphs, phrases, split, trim, words
from llmops.index.chunking.tokens import Tokens, TokenSpans

CHUNKERS: Final[Catalog[Callable[[ChunkingSpec, TokenSpans], Chunker]]] = Catalog(
    "chunking method",
    "llmops.chunkers",
    {
        "markdown": "llmops.index.chunking.markdown:MarkdownChunker",
        "recursive": "llmops.index.chunking.methods:recursive",
        "sentence": "llmops.index.chunking.methods:by_sentence",
        "fixed": "llmops.index.chunking.methods:fixed",
    },
)


class TextChunker:
    """Splits a text with the first splitter, what is too big with the next ones, and fills chunks with the parts."""

    def __init__(self, spec: ChunkingSpec, token_spans: TokenSpans, splitters: Sequence[Splitter]) -> None:
        self._size, self._overlap = spec.size, spec.overlap
        self._token_spans = token_spans
        self._splitters = splitters

    def spans(self, document: Document) -> list[Span]:
        """The spans of a document."""
        tokens = Tokens(document.text, self._token_spans)
        start, end = trim(document.text, 0, len(document.text))
        if start == end:
            return []
        if tokens.count(start, end) <= self._size:
            return [Span(start, end)]
        parts = self._splitters[0](document.text, start, end)
        fitting = [fit for part in parts for fit in split(tokens, part, self._size, self._splitters[1:])]
        pieces = [Piece(first, last, first) for first, last in fitting]
        whole_sentences = self._splitters != (words,)
        packed = pack(tokens, pieces, self._size, self._overlap, whole_sentences=whole_sentences)
        return [Span(first, last) for first, last in packed]


def recursive(spec: ChunkingSpec, token_spans: TokenSpans) -> TextChunker:
    """Between paragraphs; a paragraph that is too big between lines, then sentences, then words."""
    return TextChunker(spec, token_spans, (paragraphs, lines, phrases, words))


def by_sentence(spec: ChunkingSpec, token_spans: TokenSpans) -> TextChunker:
    """Between sentences; a sentence that is too big between words."""
    return TextChunker(spec, token_spans, (phrases, words))


def fixed(spec: ChunkingSpec, token_spans: TokenSpans) -> TextChunker:
    """As many words as fit, wherever sentences end."""
    return TextChunker(spec, token_spans, (words,))


def open_chunker(spec: ChunkingSpec, token_spans: TokenSpans) -> Chunker:
    """Make the chunker of a configuration."""
    return CHUNKERS.get(spec.method)(spec, token_spans)

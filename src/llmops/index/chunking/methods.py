"""The chunking methods by name: `markdown`, `recursive`, `sentence`, `fixed`, `code`, `semantic`, and what packages add as
`llmops.chunkers`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from llmops.core.catalog import Catalog
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Chunker, Embedder, Span
from llmops.index.chunking.anchors import runs
from llmops.index.chunking.family import FamilyChunker
from llmops.index.chunking.markdown import MarkdownChunker
from llmops.index.chunking.packing import Piece, Splitter, lines, pack, paragraphs, phrases, split, trim, words
from llmops.index.chunking.tokens import Tokens

OpenChunker = Callable[[ChunkingSpec, Embedder], Chunker]
"""What an entry point of the group `llmops.chunkers` names. `embedder.token_spans` counts tokens as the model does."""

CHUNKERS: Final[Catalog[OpenChunker]] = Catalog(
    "chunking method",
    "llmops.chunkers",
    {
        "markdown": "llmops.index.chunking.markdown:MarkdownChunker",
        "recursive": "llmops.index.chunking.methods:recursive",
        "sentence": "llmops.index.chunking.methods:by_sentence",
        "fixed": "llmops.index.chunking.methods:fixed",
        "code": "llmops.index.chunking.code:CodeChunker",
        "semantic": "llmops.index.chunking.semantic:SemanticChunker",
    },
)


class TextChunker:
    """Splits a text with the first splitter, what is too big with the next ones, and fills chunks with the parts."""

    def __init__(
        self, spec: ChunkingSpec, embedder: Embedder, splitters: Sequence[Splitter], *, anchored: bool = True
    ) -> None:
        self._size, self._overlap = spec.size, spec.overlap
        self._token_spans = embedder.token_spans
        self._splitters = splitters
        self._anchored = anchored

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
        found: list[Span] = []
        for run in runs(tokens, pieces, self._size) if self._anchored else [pieces]:
            packed = pack(tokens, run, self._size, self._overlap, whole_sentences=whole_sentences)
            found += [Span(first, last) for first, last in packed]
        return found


def recursive(spec: ChunkingSpec, embedder: Embedder, *, anchored: bool = True) -> TextChunker:
    """Between paragraphs; a paragraph that is too big between lines, then sentences, then words."""
    return TextChunker(spec, embedder, (paragraphs, lines, phrases, words), anchored=anchored)


def by_sentence(spec: ChunkingSpec, embedder: Embedder, *, anchored: bool = True) -> TextChunker:
    """Between sentences; a sentence that is too big between words."""
    return TextChunker(spec, embedder, (phrases, words), anchored=anchored)


def fixed(spec: ChunkingSpec, embedder: Embedder, *, anchored: bool = True) -> TextChunker:
    """As many words as fit, wherever sentences end."""
    return TextChunker(spec, embedder, (words,), anchored=anchored)


FIRST: Final[Mapping[str, OpenChunker]] = {
    "markdown": partial(MarkdownChunker, anchored=False),
    "recursive": partial(recursive, anchored=False),
    "sentence": partial(by_sentence, anchored=False),
    "fixed": partial(fixed, anchored=False),
}
"""The methods as pipeline 1 had them, for the generations that were built with it."""


def open_chunker(spec: ChunkingSpec, embedder: Embedder, *, pipeline: str = "") -> Chunker:
    """Make the chunker of a configuration.

    Args:
        spec: the configuration.
        embedder: what counts tokens, and embeds sentences for methods that compare them.
        pipeline: the version of chunkers that the generation was built with; the newest by default.

    Raises:
        NotFound: no method is called so; the hint has the nearest.
    """
    opened = FIRST.get(spec.method) if pipeline == "1" else None
    opened = opened or CHUNKERS.get(spec.method)
    if spec.parent is None:
        return opened(spec, embedder)
    parents = spec.model_copy(update={"size": spec.parent, "overlap": 0})
    return FamilyChunker(opened(parents, embedder), opened(spec, embedder))

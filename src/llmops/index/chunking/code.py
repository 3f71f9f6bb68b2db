"""Cut source code where definitions begin and end.

A definition that fits is never torn; one that is too big is cut between the parts it holds, and those between lines. Small
neighbours share a chunk, but never across the border of a definition that was cut. The names of the definitions around a
chunk are its `headings`. Nothing is repeated: `overlap` means nothing here.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from llmops.core.hashing import Json
from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Embedder, Span
from llmops.index.chunking.anchors import runs
from llmops.index.chunking.markdown import MarkdownChunker
from llmops.index.chunking.outline import Part, outline
from llmops.index.chunking.packing import Piece, lines, pack, split, words
from llmops.index.chunking.tokens import Tokens

PROSE: Final = frozenset({".md", ".markdown", ".mdx", ".html", ".htm", ".xhtml", ".pdf", ".docx", ".rst", ".txt"})
PYTHON: Final = frozenset({".py", ".pyi", ".pyw"})
Path = tuple[str, ...]


class CodeChunker:
    """Definitions as chunks; documents that are no code are cut like Markdown."""

    def __init__(self, spec: ChunkingSpec, embedder: Embedder) -> None:
        self._size = spec.size
        self._token_spans = embedder.token_spans
        self._prose = MarkdownChunker(spec, embedder)

    def spans(self, document: Document) -> list[Span]:
        """The spans of a document."""
        suffix = PurePosixPath(document.key).suffix.lower()
        if suffix in PROSE:
            return self._prose.spans(document)
        tokens = Tokens(document.text, self._token_spans)
        parts = outline(document.text, is_python=suffix in PYTHON)
        found: list[Span] = []
        for _, group in groupby(self._pieces(tokens, parts, ()), key=lambda piece: piece[1]):
            named = list(group)
            pieces = [piece for piece, _, _ in named]
            paths = {piece.start: path for piece, _, path in named}
            for run in runs(tokens, pieces, self._size):
                for start, end in pack(tokens, run, self._size, 0, whole_sentences=False):
                    inside = [paths[piece.start] for piece in run if start <= piece.start < end]
                    found.append(Span(_line_start(document.text, start), end, _headings(inside)))
        return found

    def _pieces(self, tokens: Tokens, parts: Sequence[Part], around: Path) -> Iterator[tuple[Piece, Path, Path]]:
        """Pieces that fit, each with the path around it and with its own."""
        for part in parts:
            path = (*around, part.title) if part.title else around
            if tokens.count(part.start, part.end) <= self._size:
                yield Piece(part.start, part.end, part.end), around, path
            elif part.parts:
                yield from self._pieces(tokens, part.parts, path)
            else:
                for start, end in split(tokens, (part.start, part.end), self._size, (lines, words)):
                    yield Piece(start, end, end), path, path


def _headings(paths: Sequence[Path]) -> dict[str, Json]:
    """What the paths have in common."""
    common: list[str] = []
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        common.append(names[0])
    return {"headings": common} if common else {}


def _line_start(text: str, start: int) -> int:
    """The start with the indentation before it."""
    first = text.rfind("\n", 0, start) + 1
    return start if text[first:start].strip() else first

"""Cut Markdown where its author did: at headings first, then between blocks, and inside a block only if it is too big.

A chunk never mixes sections; a heading stays with what follows it; tables and code fences are cut only if they are larger
than a chunk, and then between lines. The path of headings above a chunk goes into its metadata.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from llmops.domain.corpus import ChunkingSpec, Document
from llmops.domain.ports import Embedder, Span
from llmops.index.chunking.anchors import runs
from llmops.index.chunking.packing import Piece, lines, pack, phrases, split, words
from llmops.index.chunking.tokens import Tokens

Sort = Literal["heading", "solid", "prose"]

_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_HASHES: Final = re.compile(r"(?:^|[ \t])#+$")
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_ROW: Final = re.compile(r"[ \t]*\|")
_RULE: Final = frozenset("|:- \t")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARGIN: Final = re.compile(r"---[ \t]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (with level and title), a table or fence (solid), or anything else (prose)."""

    sort: Sort
    start: int
    end: int
    level: int = 0
    title: str = ""


class MarkdownChunker:
    """Heading-aware chunks, with `headings` in their metadata."""

    def __init__(self, spec: ChunkingSpec, embedder: Embedder, *, anchored: bool = True) -> None:
        self._size, self._overlap = spec.size, spec.overlap
        self._token_spans = embedder.token_spans
        self._anchored = anchored

    def spans(self, document: Document) -> list[Span]:
        """The spans of a document."""
        tokens = Tokens(document.text, self._token_spans)
        found = []
        for path, section in sections(list(blocks(document.text))):
            pieces = self._pieces(tokens, section)
            metadata = {"headings": list(path)} if path else {}
            for run in runs(tokens, pieces, self._size) if self._anchored else [pieces]:
                packed = pack(tokens, run, self._size, self._overlap, whole_sentences=True)
                found += [Span(start, end, metadata) for start, end in packed]
        return found

    def _pieces(self, tokens: Tokens, section: list[Block]) -> list[Piece]:
        pieces: list[Piece] = []
        heading: Block | None = None  # waits for what follows it
        for block in section:
            if block.sort == "heading":
                joined = heading and tokens.count(heading.start, block.end) <= self._size
                if heading and not joined:
                    pieces += self._cut(tokens, heading, self._size)
                heading = Block("heading", heading.start if heading and joined else block.start, block.end)
                continue
            cut = self._cut(tokens, block, self._size)
            if heading:
                room = self._size - tokens.count(heading.start, block.start)
                if block.sort == "prose" and room > 0 and tokens.count(cut[0].start, cut[0].end) > room:
                    cut = self._cut(tokens, block, room)
                if tokens.count(heading.start, cut[0].end) <= self._size:
                    cut[0] = Piece(heading.start, cut[0].end, max(cut[0].soft, heading.end))
                else:
                    pieces += self._cut(tokens, heading, self._size)
            heading = None
            pieces += cut
        return pieces + (self._cut(tokens, heading, self._size) if heading else [])

    def _cut(self, tokens: Tokens, block: Block, size: int) -> list[Piece]:
        splitters = (phrases, words) if block.sort == "prose" else (lines, words)
        parts = split(tokens, (block.start, block.end), size, splitters)
        return [Piece(start, end, start if block.sort == "prose" else end) for start, end in parts]


def sections(found: list[Block]) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Group blocks below their headings, with the path of headings; one without text joins the deeper one after it."""
    path: list[tuple[int, str]] = []
    section: list[Block] = []
    for block in found:
        if block.sort == "heading":
            deeper = section and all(b.sort == "heading" for b in section) and section[-1].level < block.level
            if section and not deeper:
                yield tuple(title for _, title in path if title), section
                section = []
            path = [(level, title) for level, title in path if level < block.level] + [(block.level, block.title)]
        section.append(block)
    if section:
        yield tuple(title for _, title in path if title), section


def blocks(text: str) -> Iterator[Block]:
    """Read the blocks of a text. Between them is only white space."""
    rows = _rows(text)
    position = 0
    while position < len(rows):
        start, _, line = rows[position]
        after, sort = _solid_end(rows, position)
        heading = _HEADING.match(line)
        if sort:
            yield Block("solid", start, rows[after - 1][1])
        elif heading:
            after = position + 1
            yield Block("heading", start, rows[position][1], len(heading[1]), _title(line[heading.end() :]))
        elif not line.strip():
            after = position + 1
        else:
            after = _prose_end(rows, position)
            underline = _UNDERLINE.match(rows[after][2]) if after < len(rows) else None
            if underline and after == position + 1:
                yield Block("heading", start, rows[after][1], 1 if "=" in underline[1] else 2, _title(line))
                after += 1
            else:
                yield Block("prose", start, rows[after - 1][1])
        position = after


_Rows = list[tuple[int, int, str]]


def _rows(text: str) -> _Rows:
    """Start, end (without the line end) and text of each line."""
    rows, start = [], 0
    for line in text.split("\n"):
        rows.append((start, start + len(line), line))
        start += len(line) + 1
    return rows


def _solid_end(rows: _Rows, position: int) -> tuple[int, bool]:
    """The row after a fence, a table or the front matter that begins here, and whether one does."""
    line = rows[position][2]
    fence = _FENCE.match(line)
    if fence and not (fence[1][0] == "`" and "`" in fence[2]):
        close = re.compile(rf" {{0,3}}{re.escape(fence[1][0])}{{{len(fence[1])},}}[ \t]*$")
        ends = (row for row in range(position + 1, len(rows)) if close.match(rows[row][2]))
        return next(ends, len(rows) - 1) + 1, True
    if position == 0 and _MARGIN.match(line):
        ends = (row for row in range(1, len(rows)) if _MARGIN.match(rows[row][2]))
        end = next(ends, None)
        return (end + 1, True) if end else (1, False)
    if _begins_table(rows, position):
        end = position + 1
        while end < len(rows) and "|" in rows[end][2]:
            end += 1
        return end, True
    return position + 1, False


def _begins_table(rows: _Rows, position: int) -> bool:
    line = rows[position][2]
    if _ROW.match(line):
        return True
    below = rows[position + 1][2] if position + 1 < len(rows) else ""
    return "|" in line and "|" in below and "-" in below and _RULE.issuperset(below)


def _prose_end(rows: _Rows, position: int) -> int:
    """The row that ends a paragraph: an empty one, a heading, the start of a fence or table, an underline."""
    end = position + 1
    while end < len(rows):
        line = rows[end][2]
        if not line.strip() or _HEADING.match(line) or _solid_end(rows, end)[1]:
            return end
        if end == position + 1 and _UNDERLINE.match(line):
            return end
        end += 1
    return end


def _title(text: str) -> str:
    plain = _HASHES.sub("", text[:200].strip())
    return _LINK.sub(r"\1", plain).replace("`", "").strip("*_ \t")

"""Pack the pieces of a text into chunks of at most `size` tokens, and split what is too big for one.

Cuts fall between words wherever a word fits, so that counting tokens in the whole document and in the chunk alone agree.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from llmops.index.chunking.tokens import Tokens
from llmops.text.sentences import split_sentences

Stretch: TypeAlias = tuple[int, int]
Splitter: TypeAlias = Callable[[str, int, int], Iterable[Stretch]]

_WORD: Final = re.compile(r"\S+")
_EMPTY: Final = re.compile(r"\n(?:[ \t]*\n)+")
_LINE: Final = re.compile(r"\S.*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch that fits a chunk. An overlap may begin at `soft` or after: at the end, where it must not be cut at all."""

    start: int
    end: int
    soft: int


def paragraphs(text: str, start: int, end: int) -> list[Stretch]:
    """Stretches between empty lines."""
    borders = [start, *(place for found in _EMPTY.finditer(text, start, end) for place in found.span()), end]
    return list(zip(borders[::2], borders[1::2], strict=True))


def lines(text: str, start: int, end: int) -> list[Stretch]:
    """Lines that are not empty."""
    return [found.span() for found in _LINE.finditer(text, start, end)]


def phrases(text: str, start: int, end: int) -> list[Stretch]:
    """Sentences."""
    return [(start + first, start + last) for first, last in split_sentences(text[start:end])]


def words(text: str, start: int, end: int) -> list[Stretch]:
    """What stands between white space."""
    return [found.span() for found in _WORD.finditer(text, start, end)]


def split(tokens: Tokens, stretch: Stretch, size: int, splitters: Sequence[Splitter]) -> list[Stretch]:
    """Split a stretch with the first splitter, its parts with the next, until all fit; at last inside words."""
    start, end = trim(tokens.text, *stretch)
    if start == end:
        return []
    if tokens.count(start, end) <= size:
        return [(start, end)]
    if not splitters:
        return [part for cut in tokens.cut(start, end, size) if (part := trim(tokens.text, *cut))[0] < part[1]]
    parts = splitters[0](tokens.text, start, end)
    return [fit for part in parts for fit in split(tokens, part, size, splitters[1:])]


def pack(tokens: Tokens, pieces: Sequence[Piece], size: int, overlap: int, *, whole_sentences: bool) -> list[Stretch]:
    """Fill chunks with pieces in order; each chunk repeats up to `overlap` tokens from the end of the one before.

    Args:
        whole_sentences: let an overlap begin with a sentence, where one begins inside it.
    """
    chunks: list[Stretch] = []
    first = 0
    start = pieces[0].start if pieces else 0
    while first < len(pieces):
        last = first
        while last < len(pieces) and tokens.count(start, pieces[last].end) <= size:
            last += 1
        if last == first:  # the overlap leaves no room
            start, last = pieces[first].start, first + 1
        end = pieces[last - 1].end
        chunks.append((start, end))
        if last < len(pieces):
            room = min(overlap, size - tokens.count(end, pieces[last].end))
            soft = max(_soft_since(pieces[first:last]), start + 1)
            start = (
                _overlap_start(tokens, (start, end), soft, room, whole_sentences) if room > 0 else pieces[last].start
            )
            start = min(start, pieces[last].start) if start < end else pieces[last].start
        first = last
    return chunks


def trim(text: str, start: int, end: int) -> Stretch:
    """The stretch without white space around it; empty if there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _soft_since(pieces: Sequence[Piece]) -> int:
    """From where on nothing is hard: after the last piece that must not be cut."""
    return max((piece.soft for piece in pieces if piece.soft > piece.start), default=0)


def _overlap_start(tokens: Tokens, chunk: Stretch, soft: int, room: int, whole_sentences: bool) -> int:
    """Where an overlap of at most `room` tokens begins; the chunk's end if nothing may be repeated."""
    start, end = chunk
    earliest = max(tokens.back(end, room), soft)
    if whole_sentences:
        for sentence, _ in phrases(tokens.text, start, end):
            if sentence >= earliest:
                return sentence
    for word, _ in words(tokens.text, start, end):
        if word >= earliest:
            return word
    return end

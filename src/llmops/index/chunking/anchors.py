"""Where a chunk begins whatever stands before it, so that an edit moves only the boundaries near it.

Filling chunks one after the other makes every boundary depend on all text before it: a word more on page one could move
every chunk after it. So a long stretch is first cut at anchors. A piece is an anchor if the hash of the text that begins
with it is smaller than that of every other piece within `REACH` chunks on either side. That looks at nothing farther away,
so an edit makes and unmakes anchors only around itself, and behind the next one all chunks are as they were. Anchors are
about 2 x REACH chunks apart, at least REACH; stretches of less than 2 x REACH chunks have none.
"""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from zlib import crc32

from llmops.index.chunking.packing import Piece
from llmops.index.chunking.tokens import Tokens

REACH: Final = 8  # chunks
SEEN: Final = 200  # characters that a hash looks at


def runs(tokens: Tokens, pieces: Sequence[Piece], size: int) -> list[Sequence[Piece]]:
    """Cut a stretch at its anchors. `size` is that of a chunk in tokens."""
    reach = REACH * size
    if not pieces or tokens.count(pieces[0].start, pieces[-1].end) < 2 * reach:
        return [pieces]
    first = tokens.count(0, pieces[0].start)
    places = [tokens.count(0, piece.start) - first for piece in pieces]
    hashes = [_hash(tokens.text, piece.start) for piece in pieces]
    last = places[-1]
    found = [index for index in minima(places, hashes, reach) if reach <= places[index] <= last - reach]
    return [pieces[start:end] for start, end in pairwise([0, *found, len(pieces)])]


def minima(places: Sequence[int], values: Sequence[float], reach: int) -> list[int]:
    """The indices whose value is smaller than every other within `reach` of their place. Places are in order."""
    before = _smallest(places, values, reach)
    mirrored = _smallest([-place for place in reversed(places)], list(reversed(values)), reach)
    after = list(reversed(mirrored))
    return [index for index, value in enumerate(values) if value < before[index] and value < after[index]]


def _smallest(places: Sequence[int], values: Sequence[float], reach: int) -> list[float]:
    """For each index the smallest value before it within `reach`."""
    found: list[float] = []
    window: deque[int] = deque()  # values rise from left to right
    for index, place in enumerate(places):
        while window and places[window[0]] < place - reach:
            window.popleft()
        found.append(values[window[0]] if window else float("inf"))
        while window and values[window[-1]] >= values[index]:
            window.pop()
        window.append(index)
    return found


def _hash(text: str, start: int) -> int:
    return crc32(text[start : start + SEEN].encode("utf-8", "surrogatepass"))

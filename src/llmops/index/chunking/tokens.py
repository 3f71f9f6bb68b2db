"""Count the embedder's tokens in stretches of one document, tokenised once."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import TypeAlias

TokenSpans: TypeAlias = Callable[[str], Sequence[tuple[int, int]]]


class Tokens:
    """The tokens of a text, by where they start."""

    def __init__(self, text: str, token_spans: TokenSpans) -> None:
        self.text = text
        self._starts = list(map(itemgetter(0), token_spans(text)))

    def count(self, start: int, end: int) -> int:
        """How many tokens start in a stretch."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def back(self, end: int, count: int) -> int:
        """The offset from which `count` tokens lie before `end`; of all tokens, if there are fewer."""
        index = bisect_left(self._starts, end) - count
        return self._starts[index] if 0 <= index < len(self._starts) else 0 if index < 0 else len(self.text)

    def cut(self, start: int, end: int, size: int) -> list[tuple[int, int]]:
        """Cut a stretch after every `size` tokens, wherever that is."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        borders = [start, *self._starts[first + size : last : size], end]
        return list(pairwise(borders))

"""Finds what has a shape: a regular expression of google-re2, a mark without which it cannot be there, and a judgement.

re2 takes time in proportion to the text whatever the pattern. Only what has its mark is searched for (looking for a mark is a
hundred times cheaper), and a candidate that is refused consumes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

import re2

from llmops.domain.verdict import Finding
from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.views import View

MAX_MEMORY: Final = 64 << 20
_VISIBLE: Final = bytes(range(0x21, 0x7F))


class Found(Protocol):
    """A match, as re2 and re give it."""

    def span(self, group: int = 0, /) -> tuple[int, int]: ...


class Expression(Protocol):
    """A compiled pattern over bytes."""

    def search(self, text: bytes, pos: int = 0, /) -> Found | None: ...


@cache
def compiled(pattern: str, *, ignore_case: bool = False) -> Expression:
    """Compile a pattern for bytes; re2.error where it is none."""
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    options.case_sensitive = not ignore_case
    expression: Expression = re2.compile(pattern.encode(), options)
    return expression


Judgement = Callable[[View, int, int], tuple[int, int] | None]
"""Says what of a candidate is the finding, or None where it is none."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing that has a shape.

    Args:
        type: what a finding is called.
        pattern: matches candidates; the finding is group 1 where there is one. No longer than `reach`.
        marks: it is searched for where one of them is in the text; nowhere to look for means always.
        judge: refuses candidates, or cuts them to size.
        opening: matches, at the end of a text, the beginning of a candidate, where that is more than the last word.
        reach: the longest candidate, in characters.
    """

    type: str
    pattern: str
    marks: tuple[bytes, ...] = ()
    judge: Judgement | None = None
    opening: str = ""
    reach: int = 512
    score: float = 1.0
    ignore_case: bool = False

    def find(self, view: View) -> Iterator[tuple[int, int]]:
        """Where it is, in bytes of a view."""
        data = view.data
        if self.marks and not any(mark in data for mark in self.marks):
            return
        search = compiled(self.pattern, ignore_case=self.ignore_case).search
        at = 0
        while found := search(data, at):
            start, end = found.span()
            judged = (start, end) if self.judge is None else self.judge(view, start, end)
            if judged is None:
                at = start + 1
            else:
                yield judged
                at = max(judged[1], start + 1)

    def tail(self, view: View) -> int:
        """Where the beginning of a candidate stands that reaches the end of a view, in bytes."""
        data = view.data
        word = last_word(data)
        if not self.opening:
            return word
        found = compiled(self.opening, ignore_case=self.ignore_case).search(data, max(0, len(data) - 2 * self.reach))
        return min(word, found.span()[0]) if found else word


def last_word(data: bytes) -> int:
    """Where the last run of visible ASCII begins; the length where the text ends otherwise."""
    return len(data.rstrip(_VISIBLE))


def find_shapes(shapes: Sequence[Shape], reading: Reading) -> Iterator[Finding]:
    """Find shapes in a text and in what is hidden inside."""
    for layer in reading.layers:
        view = layer.plain
        for shape in shapes:
            for start, end in shape.find(view):
                yield Finding(*view.span(start, end), shape.type, shape.score)


def shapes_tail(shapes: Sequence[Shape], reading: Reading) -> int:
    """The earliest tail of several shapes, in characters of the text."""
    view = reading.plain
    start = min((shape.tail(view) for shape in shapes), default=len(view.data))
    return view.span(start, len(view.data))[0] if start < len(view.data) else len(reading.text)

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


@dataclass(frozen=True, slots=True)
class Openings:
    """Finds, in one search, where candidates of several shapes may have begun that the end of a text cuts off.

    Args:
        patterns: each matches, at the end of a text, the beginning of a candidate; letters of either case.
        reach: how far back one may begin, in bytes.
    """

    patterns: tuple[str, ...]
    reach: int

    @classmethod
    def of(cls, shapes: Sequence[Shape], *others: str, reach: int = 0) -> "Openings":
        """The openings of shapes, and others."""
        return cls(
            tuple(dict.fromkeys([*(shape.opening for shape in shapes if shape.opening), *others])),
            max([2 * shape.reach for shape in shapes] + [reach]),
        )

    def tail(self, reading: Reading) -> int:
        """Where the earliest of them begins, or the last word, in characters of the text."""
        view = reading.plain
        size, start = len(view.data), last_word(view.data)
        if self.patterns and (found := _union(self.patterns).search(view.data, max(0, size - self.reach))):
            start = min(start, found.span()[0])
        return view.span(start, size)[0] if start < size else len(reading.text)


@cache
def _union(patterns: tuple[str, ...]) -> Expression:
    # Of alternatives that all reach the end, the leftmost match is the earliest one.
    return compiled("|".join(f"(?:{pattern})" for pattern in patterns), ignore_case=True)

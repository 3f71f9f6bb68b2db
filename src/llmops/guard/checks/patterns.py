"""Finds what has a shape: a regular expression of google-re2, a mark without which it cannot be there, and a judgement.

re2 takes time in proportion to the text whatever the pattern. Only what has its mark is searched for (looking for a mark is a
hundred times cheaper), and a candidate that is refused consumes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from llmops.domain.verdict import Finding
from llmops.guard.aside import OFTEN, give_way
from llmops.guard.normalise.automata import automaton
from llmops.guard.normalise.patterns import Expression, compiled
from llmops.guard.normalise.prose import Prose
from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.tails import earliest
from llmops.guard.normalise.views import View

_BEFORE: Final = 64
MAX_REFUSED: Final = 5_000
_VISIBLE: Final = bytes(range(0x21, 0x7F))


Judgement = Callable[[View, int, int], tuple[int, int] | None]
"""Says what of a candidate is the finding, or None where it is none."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing that has a shape.

    Args:
        type: what a finding is called.
        pattern: matches candidates; the finding is group 1 where there is one. No longer than `reach`.
        marks: one of them stands at most 64 bytes behind the start of every candidate; without marks it is always searched
            for.
        judge: refuses candidates, or cuts them to size.
        opening: matches, at the end of a text, the beginning of a candidate, where that is more than the last word.
        reach: the longest candidate, in characters.
        digits: without marks, whether the text has four digits where it is.
        consumes: whether nothing inside a refused candidate can be one either; without a bound on its length it must be so.
        is_token: without marks, whether it has sixteen characters in a row that are no spaces.
    """

    type: str
    pattern: str
    marks: tuple[bytes, ...] = ()
    judge: Judgement | None = None
    opening: str = ""
    reach: int = 512
    score: float = 1.0
    ignore_case: bool = False
    digits: bool = False
    is_token: bool = False
    consumes: bool = False

    def find(self, view: View) -> Iterator[tuple[int, int]]:
        """Where it is, in bytes of a view."""
        data = view.data
        search = compiled(self.pattern, ignore_case=self.ignore_case).search
        marks = [mark for mark in self.marks if mark in data]
        if self.marks and not marks:
            return
        at, refused, searched = _next(marks, data, 0), 0, 0
        while at >= 0 and (found := search(data, at)):
            start, end = found.span()
            searched += 1
            if searched % OFTEN == 0:
                give_way()
            judged = (start, end) if self.judge is None else self.judge(view, start, end)
            if judged is None:
                refused += 1
                if refused > MAX_REFUSED:
                    raise ValueError(f"more than {MAX_REFUSED:,} stretches might be {self.type} and are not")
                at = _next(marks, data, end if self.consumes else start + 1)
            else:
                yield judged
                at = _next(marks, data, max(judged[1], start + 1))


def _next(marks: Sequence[bytes], data: bytes, at: int) -> int:
    """Where to go on searching: a little before the next mark, or -1 where there is none."""
    if not marks:
        return at
    places = [place for mark in marks if (place := data.find(mark, at)) >= 0]
    return max(at, min(places) - _BEFORE) if places else -1


def last_word(data: bytes) -> int:
    """Where the last run of visible ASCII begins; the length where the text ends otherwise."""
    return len(data.rstrip(_VISIBLE))


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
        return earliest(reading, self._tail)

    def _tail(self, layer: Reading) -> int:
        view = layer.plain
        size, start = len(view.data), last_word(view.data)
        if self.patterns and (found := _union(self.patterns).search(view.data, max(0, size - self.reach))):
            start = min(start, found.span()[0])
        return view.span(start, size)[0] if start < size else layer.end


@cache
def _union(patterns: tuple[str, ...]) -> Expression:
    # Of alternatives that all reach the end, the leftmost match is the earliest one.
    return compiled("|".join(f"(?:{pattern})" for pattern in patterns), ignore_case=True)


class ShapeSet:
    """Shapes that are searched for together: one pass over the text finds the marks of all.

    Args:
        shapes: what is searched for.
        openings: further beginnings of candidates that the end of a text cuts off.
        reach: how far back those may begin.
        sparks: plain prose (`normalise.prose`) without any of these, in small letters, holds no candidate, nor the beginning
            of one but for the last word; None where that is not known.
    """

    def __init__(
        self, shapes: Sequence[Shape], *openings: str, reach: int = 0, sparks: Sequence[bytes] | None = None
    ) -> None:
        self.shapes = tuple(shapes)
        self.openings = Openings.of(shapes, *openings, reach=reach)
        marks = sorted({mark for shape in shapes for mark in shape.marks})
        self._always = tuple(shape for shape in shapes if not shape.marks)
        self._of = [tuple(shape for shape in shapes if mark in shape.marks) for mark in marks]
        self._automaton = automaton(marks) if marks else None
        self._sparks = automaton(sparks) if sparks else None
        self._has_sparks = sparks is not None

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Find shapes in a text and in what is hidden inside."""
        for layer in reading.layers:
            view = layer.plain
            for shape in self._present(layer):
                for start, end in shape.find(view):
                    yield Finding(*view.span(start, end), shape.type, shape.score)

    def tail(self, reading: Reading) -> int:
        """The earliest tail of the shapes, in characters of the text."""
        return self.openings.tail(reading)

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        if not self._has_sparks or (self._sparks is not None and self._sparks.find_matches_as_indexes(prose.small)):
            return -1
        return edge

    def _present(self, layer: Reading) -> Iterable[Shape]:
        """The shapes that may be in a text."""
        possible = [
            s for s in self._always if (layer.has_digits or not s.digits) and (layer.has_token or not s.is_token)
        ]
        if self._automaton is None:
            return possible
        hits = self._automaton.find_matches_as_indexes(layer.plain.data, overlapping=True)
        if not hits:
            return possible
        return dict.fromkeys([*possible, *(shape for which in {hit[0] for hit in hits} for shape in self._of[which])])

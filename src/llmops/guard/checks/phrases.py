"""Words and phrases from lists, thousands at once, in any of the disguises that a reading undoes."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from llmops.core.errors import InputError
from llmops.domain.verdict import Finding
from llmops.guard.normalise.automata import automaton
from llmops.guard.normalise.folding import fold
from llmops.guard.normalise.prose import Prose
from llmops.guard.normalise.reading import Reading, unleeted
from llmops.guard.normalise.tails import earliest
from llmops.guard.normalise.views import View, is_word

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

_SHORTEST_JOINED: Final = 4
_ANYWHERE: Final = re.compile(rb"(?s).")
_WORD_STARTS: Final = re.compile(rb"(?s).(?<![0-9A-Za-z_][0-9A-Za-z_])")  # where no ASCII word goes on


class PhraseSet:
    """Phrases made ready for search. `find` gives the places of all that occur, `tail` where one may have begun."""

    def __init__(self, phrases: Iterable[str], *, whole_words: bool = True) -> None:
        self.phrases: tuple[str, ...] = tuple(dict.fromkeys(said for phrase in phrases if (said := fold(phrase))))
        self.whole_words = whole_words
        self._bytes = [phrase.encode() for phrase in self.phrases]
        self._sorted = sorted(self._bytes)
        self._squeezed = [b"".join(phrase.split()) for phrase in self._bytes]
        self.longest = max(map(len, self._bytes), default=0)
        self._first_bytes = frozenset(phrase[0] for phrase in self._bytes)
        self._automaton = automaton(self._bytes)

    @cached_property
    def _joined(self) -> "BytesAhoCorasick":
        return automaton([said for said in self._squeezed if len(said) >= _SHORTEST_JOINED])

    def find(self, reading: Reading) -> Iterator[tuple[int, int, str]]:
        """Start, end (in characters of the text) and phrase of everything that occurs."""
        for layer in reading.layers:
            for view in (layer.small, *layer.loose, *layer.mended):
                for which, start, end in self._automaton.find_matches_as_indexes(view.data, overlapping=True):
                    if not self.whole_words or view.is_whole(start, end):
                        yield (*view.span(start, end), self.phrases[which])
            for view in layer.joined:
                for _, start, end in self._joined.find_matches_as_indexes(view.data, overlapping=True):
                    yield (*view.span(start, end), view.text(start, end))

    def tail(self, reading: Reading) -> int:
        """Where the longest suffix begins that is the beginning of a phrase, or a whole one whose next letter is not known."""

        def tail(layer: Reading) -> int:
            views = (layer.small, *layer.loose, *layer.mended, *layer.closing)
            return min(layer.spaced_tail, *(self._tail(view, layer.end) for view in views))

        return earliest(reading, tail)

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        for data in (prose.small, *unleeted(prose.small)):
            if self._automaton.find_matches_as_indexes(data, overlapping=True):
                return -1
            edge = self._first(data, edge)
        return edge

    def _first(self, data: bytes, edge: int) -> int:
        """Where before the edge the longest suffix begins that is the beginning of a phrase."""
        places = _WORD_STARTS if self.whole_words else _ANYWHERE
        for found in places.finditer(data, max(0, len(data) - self.longest), edge):
            start = found.start()
            if data[start] in self._first_bytes and self._begins(data[start:]):
                return start
        return edge

    def _tail(self, view: View, length: int) -> int:
        data = view.data
        places = _WORD_STARTS if self.whole_words else _ANYWHERE
        for found in places.finditer(data, max(0, len(data) - self.longest)):
            start = found.start()
            if data[start] not in self._first_bytes or not self._begins(data[start:]):
                continue
            if not self.whole_words or start == 0 or not (is_word(data, start - 1) and is_word(data, start)):
                return view.span(start, len(data))[0]
        return length

    def _begins(self, text: bytes) -> bool:
        at = bisect_left(self._sorted, text)
        return at < len(self._sorted) and self._sorted[at].startswith(text)


@dataclass(frozen=True)
class Phrases:
    """Find phrases of a list, whatever their capitals, spacing or disguise.

    Args:
        phrases: the phrases themselves.
        file: a text file with one phrase a line, beside; empty lines and lines that begin with # say nothing.
        whole_words: whether a phrase must stand by itself and not inside a longer word.
    """

    phrases: tuple[str, ...] = ()
    file: str = ""
    whole_words: bool = True
    lines: tuple[str, ...] = field(default=(), metadata={"from_file": True}, repr=False)
    action: ClassVar[str] = "block"

    def __post_init__(self) -> None:
        if not self._set.phrases:
            raise InputError("there are no phrases to look for", hint="Write phrases: {phrases: [one, another]}.")

    @property
    def reach(self) -> int:
        """The longest phrase, its letters one by one and disguised."""
        return 8 * self._set.longest

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Where phrases stand."""
        for start, end, _ in self._set.find(reading):
            yield Finding(start, end, "PHRASE")

    def tail(self, reading: Reading) -> int:
        """Where a phrase may have begun."""
        return self._set.tail(reading)

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        return self._set.calm(prose, edge)

    @cached_property
    def _set(self) -> PhraseSet:
        return PhraseSet((*self.phrases, *self.lines), whole_words=self.whole_words)

"""A text as matchers see it: bytes, with the way back to where each came from.

Matchers work on UTF-8, as re2 and Aho-Corasick do; for ASCII the way back is the identity and costs nothing. Whatever is
found is told in characters of the text as it was given.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

Places: TypeAlias = Sequence[tuple[int, int]]
"""Where each character or byte comes from: start and end in the text as it was given."""

_WITHOUT_SPACES: Final = "\u0e00"  # from Thai on, scripts put no spaces between words


class View:
    """One shadow of a text. `places`, one for each byte, are made when something is found; None is the identity."""

    __slots__ = ("_made", "_places", "data")

    def __init__(self, data: bytes, places: Callable[[], Places] | None = None) -> None:
        self.data = data
        self._places = places
        self._made: Places | None = None

    def places(self) -> Places:
        """Where each byte comes from."""
        if self._made is None:
            self._made = self._places() if self._places else [(at, at + 1) for at in range(len(self.data))]
        return self._made

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of bytes, not empty, comes from."""
        if self._places is None:
            return start, end
        places = self.places()
        first, last = places[start], places[end - 1]
        return min(first[0], last[0]), max(first[1], last[1])  # of a reversed stretch, too

    def text(self, start: int, end: int) -> str:
        """A stretch of the shadow itself."""
        return self.data[start:end].decode("utf-8", "replace")

    def is_whole(self, start: int, end: int) -> bool:
        """Whether a stretch is no part of a longer word: letters and digits at its ends have no others against them."""
        data = self.data
        return not (
            (start > 0 and is_word(data, start - 1) and is_word(data, start))
            or (end < len(data) and is_word(data, end) and is_word(data, end - 1))
        )


def is_word(data: bytes, at: int) -> bool:
    """Whether the character that a byte belongs to is a letter or digit of a script that puts spaces between words."""
    byte = data[at]
    if byte < 0x80:
        return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == 95
    while at > 0 and data[at] & 0xC0 == 0x80:
        at -= 1
    char = data[at : at + 4].decode("utf-8", "ignore")[:1]
    return char < _WITHOUT_SPACES and char.isalnum()

"""Tells in a few microseconds that a piece of text is plain prose, in which most detectors hardly need to look.

Plain prose is ASCII of letters, numbers and a few marks, in words of less than sixteen characters with one white space between
them. It hides nothing: its shadow `small` is itself in small letters, its other shadows are empty but for digits and `!` that
stand for letters, and no number in it has four digits. So a detector that says `calm` of it needs no `Reading`.
"""

import re
from typing import Final, NamedTuple

from llmops.guard.normalise.reading import SMALL_LETTERS, SPACED_RUN, SPACED_TAIL

_WORD: Final = b"abcdefghijklmnopqrstuvwxyz0123456789"
_PROSE: Final = _WORD + b" ,.;:?!'\"()-"
_DIGITS: Final = b"0123456789"
_APART: Final = bytes(code if code in _WORD else 32 for code in range(256))
_LONGEST: Final = 15
_TOKEN: Final = re.compile(rb"[a-z0-9:\-]{16}")
_NUMBER: Final = re.compile(
    rb"[a-z][0-9]|[0-9](?:[ ().\-]{0,3}[0-9]){3}"
)  # an IBAN's head; enough for any other number
_OPEN_NUMBER: Final = re.compile(rb"\(?[0-9](?:[ ().\-]{0,3}[0-9])*(?:[ ().\-]{0,3}| ?(?:x|ext?\.?|e) ?[0-9]{0,5})\Z")
_NEAR: Final = 32  # bytes that a number of three digits and an extension fit in
_LETTERS: Final = 12  # bytes that three letters one by one fit in


class Prose(NamedTuple):
    """Plain prose.

    Args:
        small: in small letters; the same number of bytes as the text has characters.
        edge: where the word, the number or the single letter begins that reaches the end.
        text: as it is written.
    """

    small: bytes
    edge: int
    text: str


def plain_prose(text: str) -> Prose | None:
    """The text, if it is plain prose."""
    if not text.isascii():
        return None
    data = text.encode().translate(SMALL_LETTERS)
    if data.translate(None, _PROSE) or b"  " in data:
        return None
    sizes = list(map(len, data.translate(_APART).split()))
    if not sizes:
        return Prose(data, data.rfind(b" ") + 1, text)
    if max(sizes) > _LONGEST or ((b"-" in data or b":" in data) and _TOKEN.search(data)):
        return None
    if b"\1\1" in bytes(sizes) and SPACED_RUN.search(data):
        return None
    edge = data.rfind(b" ") + 1
    if sizes[-1] == 1 and (single := SPACED_TAIL.search(data, max(0, len(data) - _LETTERS))):
        if single.end() - single.start() > 2:
            return None  # which may be the beginning of a word
        edge = min(edge, single.start())
    if len(data.translate(None, _DIGITS)) < len(data):
        if _NUMBER.search(data):
            return None
        if number := _OPEN_NUMBER.search(data, max(0, len(data) - _NEAR)):
            edge = min(edge, number.start())
    return Prose(data, edge, text)

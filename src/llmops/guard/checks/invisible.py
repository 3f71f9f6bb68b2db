"""Text that is not what it seems: characters that nobody sees, marks that turn round what is read, mixed scripts."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final, Literal

from llmops.domain.verdict import Finding
from llmops.guard.normalise.folding import IGNORABLE, confusables
from llmops.guard.normalise.prose import Prose
from llmops.guard.normalise.reading import Reading

Kind = Literal["invisible", "bidi", "confusable"]

_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]+")
_WORD: Final = re.compile(r"\w+")
_JOINERS: Final = "\u200c\u200d"  # part of how Persian, Indic scripts and emoji are written
_LONGEST_WORD: Final = 256


@dataclass(frozen=True)
class Invisible:
    """Find unseen and confusable characters.

    Args:
        kinds: `invisible` (zero-width and tag characters, soft hyphens), `bidi` (marks that turn the reading order round),
            `confusable` (a word of Latin letters in which letters of another script pass for Latin ones).
    """

    kinds: tuple[Kind, ...] = ("invisible", "bidi", "confusable")
    action: ClassVar[str] = "flag"

    @property
    def reach(self) -> int:
        """A word."""
        return _LONGEST_WORD

    def find(self, reading: Reading) -> Iterator[Finding]:
        """Where such characters stand."""
        text = reading.text
        if text.isascii():
            return
        if "invisible" in self.kinds:
            yield from _unseen(text)
        if "bidi" in self.kinds:
            for run in _BIDI.finditer(text):
                for at in range(*run.span()):
                    yield Finding(at, at + 1, "BIDI_CONTROL")
        if "confusable" in self.kinds:
            for word in _WORD.finditer(text):
                if not word[0].isascii() and len(word[0]) <= _LONGEST_WORD and _is_mixed(word[0]):
                    yield Finding(*word.span(), "CONFUSABLE")

    def tail(self, reading: Reading) -> int:
        """Where the last word begins: whether an unseen character is one depends on the next."""
        text = reading.text
        if reading.depth:
            return reading.end
        start = len(text)
        while start > 0 and len(text) - start <= _LONGEST_WORD + 2 and _continues(text[start - 1]):
            start -= 1
        return start

    def calm(self, prose: Prose, edge: int) -> int:
        """`Calming.calm`."""
        return edge


def _continues(char: str) -> bool:
    return char.isalnum() or char == "_" or not char.isascii()


def _unseen(text: str) -> Iterator[Finding]:
    for found in unseen_characters().finditer(text):
        at = found.start()
        if (found[0] in _JOINERS and at > 0 and not text[at - 1].isascii()) or (at == 0 and found[0] == "\ufeff"):
            continue
        yield Finding(at, at + 1, "INVISIBLE")


@cache
def unseen_characters() -> re.Pattern[str]:
    """A pattern for characters that nobody sees, but for marks of reading order and variation selectors."""
    ranges = [(low, high) for low, high in IGNORABLE if low not in (0x202A, 0xFE00, 0x2060)]
    ranges += [(0x2060, 0x2065), (0x206A, 0x206F)]
    return re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges) + "]")


def _is_mixed(word: str) -> bool:
    """Whether a word has Latin letters and others that only look Latin."""
    latin = any(char.isascii() and char.isalpha() for char in word)
    return latin and any(
        char in confusables() and not unicodedata.name(char, "LATIN").startswith("LATIN") for char in word
    )

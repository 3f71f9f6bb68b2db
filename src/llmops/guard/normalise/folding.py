"""Folds single characters: look-alikes to what they look like, compatibility forms to plain ones, the unseen to nothing.

Every character is folded by itself, so that a text cut anywhere folds to the same, and each character of a shadow comes from
one character of the text.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

_TAGS: Final = range(0xE0020, 0xE007F)  # tag characters spell ASCII invisibly
_REGIONAL: Final = range(0x1F1E6, 0x1F200)
_MARKS: Final = range(0x0300, 0x0370)
_SURROGATES: Final = range(0xD800, 0xE000)
IGNORABLE: Final = (  # Default_Ignorable_Code_Point of Unicode
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip


class Folding(dict[int, str]):
    """A table for `str.translate` that fills itself. The small form is for words, the other keeps the case for keys."""

    def __init__(self, *, small: bool) -> None:
        super().__init__()
        self._small = small

    def __missing__(self, code: int) -> str:
        folded = fold_character(chr(code))
        if self._small:
            folded = " " if folded.isspace() else folded.casefold()
        self[code] = folded
        return folded


def fold_character(char: str) -> str:
    """What one character says: usually itself, often an ASCII one, sometimes nothing or several."""
    code = ord(char)
    if code in _TAGS:
        return chr(code - 0xE0000)
    if is_ignorable(code):
        return ""
    if code in _REGIONAL:
        return chr(ord("A") + code - _REGIONAL.start)
    if code in _SURROGATES:
        return "\N{REPLACEMENT CHARACTER}"
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    looks_like = confusables()
    if char in looks_like:
        return looks_like[char]
    parts = (part for part in unicodedata.normalize("NFKD", char) if ord(part) not in _MARKS)
    return "".join(looks_like.get(part, part) for part in parts)


def is_ignorable(code: int) -> bool:
    """Whether Unicode says that a character is not shown."""
    return code >= 0xAD and any(low <= code <= high for low, high in IGNORABLE)


@cache
def confusables() -> Mapping[str, str]:
    """Characters that look like an ASCII one (UTS #39), by character."""
    text = files("llmops.guard.normalise").joinpath("confusables.txt").read_text(encoding="utf-8")
    return {char: line[0] for line in text.split("\n")[2:] for char in line[1:]}


PLAIN: Final = Folding(small=False)
SMALL: Final = Folding(small=True)


def fold(text: str) -> str:
    """A text as words are compared: folded, in small letters, with single spaces."""
    return " ".join(text.translate(SMALL).split())

"""The words of a text, as full-text search compares them: the same for what is indexed and for what is asked.

Case, compatibility forms and accents do not count (`Café`, `cafe`). Scripts that write no spaces between words (Chinese,
Japanese, Thai, Khmer …), and Korean, whose words carry endings, give overlapping pairs of characters instead, which needs no
dictionary (as Lucene's CJKAnalyzer does). Nothing is stemmed and no word is left out, so every language is served alike.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 64
"""Characters of a word that count: what is longer is no word of any language, and databases have limits."""

# Thai and Lao, Myanmar, Khmer, Hangul, kana, Han.
_UNSPACED: Final = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\uac00-\ud7af\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Scripts of India and Tibet, whose vowel signs are no letters to `re`; without their full stops.
_SIGNED: Final = "\u0900-\u0963\u0966-\u0dff\u0f00\u0f20-\u0f39\u0f3e-\u0fbc"
_RUN: Final = re.compile(f"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[^\\W_]|[{_SIGNED}])+")
_ASCII: Final = re.compile("[a-z0-9]+")
_PIECE: Final = 4_096
_BETWEEN: Final = re.compile(r"[\x00-/:-@\[-`{-\x7f]")  # ASCII that no word has
# Accents of Latin, Greek and Cyrillic, points of Hebrew, vowels of Arabic.
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+")


def words_of(text: str) -> list[str]:
    """Split a text into words, in order, repeated ones repeated."""
    if len(text) <= _PIECE:
        return _words_of(text)
    return [word for piece in _pieces(text) for word in _words_of(piece)]


def _pieces(text: str) -> Iterator[str]:
    """A long text in pieces between words: one call over all of it would let no other thread in meanwhile."""
    at = 0
    while (cut := _BETWEEN.search(text, at + _PIECE)) is not None:
        yield text[at : cut.start()]
        at = cut.end()
    yield text[at:]


def _words_of(text: str) -> list[str]:
    if text.isascii():
        return [word[:LONGEST] for word in _ASCII.findall(text.lower())]
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", plain))
    words: list[str] = []
    for run in _RUN.finditer(plain):
        found = run[0]
        if run["unspaced"] and len(found) > 1:
            words += [found[at : at + 2] for at in range(len(found) - 1)]
        else:
            words.append(found[:LONGEST])
    return words

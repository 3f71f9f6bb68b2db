"""Finds texts that are hidden inside a text: base64, hex, percent signs, entities, escapes, reversed reading order.

Escapes are undone where they stand, so that a word with one of its letters escaped reads as that word. A token in base64 or
hex stands for what it decodes to, if that is text; whatever is found there is found in the token as a whole.
"""

import base64
import binascii
import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from llmops.guard.normalise.folding import is_ignorable
from llmops.guard.normalise.views import Places
from llmops.guard.normalise.windows import finditer

MAX_DECODED: Final = 8_192
SEPARATOR: Final = "\n\0\n"
"""Stands between texts from different places, so that no match reaches over it."""

_ESCAPE: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[a-zA-Z]{2,31});|"
    r"\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}"
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX: Final = re.compile(r"(?:0x)?(?:[0-9A-Fa-f]{2}:?){7,}[0-9A-Fa-f]{2}(?![0-9A-Fa-f])")
_HEX_RUN: Final = re.compile("[0-9A-Fa-fx:]{16,}")  # in which every match of _HEX lies
_REVERSED: Final = re.compile("[\u202e\u2067]([^\u202c\u2069\n]*)")
_VISIBLE: Final = "".join(map(chr, range(ord("!"), ord("~") + 1)))
_OPEN_REVERSED: Final = re.compile("[\u202e\u2067][^\u202c\u2069\n]*\\Z")


class TooMuchEncoded(ValueError):
    """A text that holds more encoded text than is decoded."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Texts found inside a text, as one, with the place that each character comes from."""

    text: str
    places: Places


def find_hidden(text: str, places: Places | None) -> Hidden | None:
    """Find what is hidden in a text whose characters come from `places` (None: from where they stand).

    Raises:
        TooMuchEncoded: it is more than MAX_DECODED characters.
    """
    parts = [
        *_reversed(text),
        *_decoded_tokens(text),
        *_without_escapes(text),
    ]  # the last may reach the end of the text
    if not parts:
        return None
    whole: list[str] = []
    origins: list[tuple[int, int]] = []
    for part, spans in parts:
        if whole:
            whole.append(SEPARATOR)
            origins += [spans[0] if spans else (0, 0)] * len(SEPARATOR)
        whole.append(part)
        origins += spans
    if places is not None:
        origins = [(places[start][0], places[end - 1][1]) for start, end in origins]
    return Hidden("".join(whole), origins)


def open_run(text: str) -> int:
    """Where the word, or the reversed stretch, begins that reaches the end of the text."""
    start = max(len(text.rstrip(_VISIBLE)), len(text) - 2 * MAX_DECODED)
    reversed_from = max(text.rfind("\u202e"), text.rfind("\u2067")) if not text.isascii() else -1
    if reversed_from >= 0 and _OPEN_REVERSED.match(text, reversed_from):
        start = min(start, reversed_from)
    return start


def _without_escapes(text: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    if "%" not in text and "&" not in text and "\\" not in text:
        return
    out: list[str] = []
    places: list[tuple[int, int]] = []
    last = decoded = 0
    for found in finditer(_ESCAPE, text):
        said = _unescaped(found[0])
        if said == found[0]:
            continue
        decoded += len(said)
        _check(decoded)
        out += [text[last : found.start()], said]
        places += [(at, at + 1) for at in range(last, found.start())]
        places += [found.span()] * len(said)
        last = found.end()
    if out:
        yield "".join([*out, text[last:]]), [*places, *((at, at + 1) for at in range(last, len(text)))]


def _unescaped(escape: str) -> str:
    if escape[0] == "%":
        return unquote(escape, errors="replace")
    if escape[0] == "&":
        return html.unescape(escape)
    if len(escape) == 12:  # two escapes for one character
        return bytes.fromhex(escape[2:6] + escape[8:]).decode("utf-16-be")
    return chr(int(escape[2:], 16))


def _decoded_tokens(text: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    decoded = 0
    for said, span in itertools.chain(_base64_tokens(text), _hex_tokens(text)):
        if said:
            decoded += len(said)
            _check(decoded)
            yield said, [span] * len(said)


def _base64_tokens(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for found in finditer(_BASE64, text):
        yield _from_base64(found[0]), found.span()


def _hex_tokens(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for run in finditer(_HEX_RUN, text):
        for found in _HEX.finditer(text, *run.span()):
            yield _from_hex(found[0]), found.span()


def _from_base64(token: str) -> str:
    body = token.rstrip("=").replace("-", "+").replace("_", "/")[: MAX_DECODED * 4 // 3 + 8]
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        return _as_text(base64.b64decode(body + "=" * (-len(body) % 4)))
    except binascii.Error:
        return ""


def _from_hex(token: str) -> str:
    digits = re.sub(":", "", token.removeprefix("0x"))[: 2 * MAX_DECODED + 8]
    return _as_text(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _as_text(data: bytes) -> str:
    """Bytes as text where that is what they are: UTF-8 of characters that can be read."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(data) or error.start < len(data) - 3:
            return ""
        text = data[: error.start].decode("utf-8")
    readable = sum(char.isprintable() or char.isspace() or is_ignorable(ord(char)) for char in text)
    return text if text and readable == len(text) else ""


def _reversed(text: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    if text.isascii():
        return
    for found in _REVERSED.finditer(text):
        if found[1]:
            start, end = found.span(1)
            yield found[1][::-1], [(at, at + 1) for at in range(end - 1, start - 1, -1)]


def _check(decoded: int) -> None:
    if decoded > MAX_DECODED:
        raise TooMuchEncoded(f"more than {MAX_DECODED:,} characters of it are encoded")

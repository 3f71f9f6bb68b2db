"""Text that is read as it stands: Markdown, plain text, source code."""

import codecs
import re

from llmops.core.errors import InputError
from llmops.domain.corpus import Anchor, Document

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_START = (Anchor(offset=0, line=1),)


def parse_text(source: str, key: str, data: bytes) -> Document:
    """Take the text as it is; lines of the document are lines of the file."""
    return Document(source=source, key=key, text=decode(key, data), anchors=_START)


def parse_markdown(source: str, key: str, data: bytes) -> Document:
    """Take Markdown as it is; the title is its first heading."""
    text = decode(key, data)
    heading = _HEADING.search(text)
    return Document(source=source, key=key, text=text, title=heading[1] if heading else "", anchors=_START)


def decode(key: str, data: bytes, encoding: str = "utf-8") -> str:
    """Decode bytes, by their byte-order mark where there is one; line ends become `\\n`.

    Raises:
        InputError: naming the file and the first byte that does not decode; or it holds NUL, so it is no text.
    """
    for mark, marked in _BOMS:
        if data.startswith(mark):
            data, encoding = (data[len(mark) :], marked) if marked == "utf-8" else (data, marked)
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        bad = data[error.start : error.start + 1].hex()
        raise InputError(
            f"{key}: byte 0x{bad} in line {line} is no {encoding.upper()}",
            hint=f"Save the file as UTF-8 (iconv -f LATIN1 -t UTF-8 {key}), or add it to `exclude`.",
        ) from error
    if "\0" in text:
        raise InputError(f"{key}: it holds NUL bytes, so it is no text", hint="Add it to `exclude`.")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

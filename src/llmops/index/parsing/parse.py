"""Choose the parser by the file's suffix; what is not known is read as text, which refuses binary files by name."""

from pathlib import PurePosixPath
from typing import Final

from llmops.domain.corpus import Document
from llmops.domain.ports import Parser
from llmops.index.parsing.html import parse_html
from llmops.index.parsing.pdf import parse_pdf
from llmops.index.parsing.plain import parse_markdown, parse_text

PARSERS: Final[dict[str, Parser]] = {
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".mdx": parse_markdown,
    ".html": parse_html,
    ".htm": parse_html,
    ".xhtml": parse_html,
    ".pdf": parse_pdf,
}


def parse(source: str, key: str, data: bytes, kind: str = "") -> Document:
    """Turn the bytes of an item into a document, by the ending of its key or, where it is given, by `kind` (`md`, `html` …).

    Raises:
        InputError: it cannot be read; the message names it.
        ExtraMissing: the library for this kind of file is not installed.
    """
    suffix = f".{kind}" if kind else PurePosixPath(key).suffix
    return PARSERS.get(suffix.lower(), parse_text)(source, key, data)

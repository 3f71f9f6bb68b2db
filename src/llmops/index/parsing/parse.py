"""Choose the parser by the file's suffix; what is not known is read as text, which refuses binary files by name."""

from pathlib import PurePosixPath
from typing import Final

from llmops.domain.corpus import Document
from llmops.domain.ports import Parser
from llmops.index.parsing.docx import parse_docx
from llmops.index.parsing.front_matter import parse_marked
from llmops.index.parsing.html import parse_html
from llmops.index.parsing.pdf import parse_pdf
from llmops.index.parsing.plain import parse_markdown, parse_text
from llmops.index.parsing.table import parse_csv

PARSERS: Final[dict[str, Parser]] = {
    ".md": parse_marked,
    ".markdown": parse_marked,
    ".mdx": parse_marked,
    ".html": parse_html,
    ".htm": parse_html,
    ".xhtml": parse_html,
    ".pdf": parse_pdf,
    ".docx": parse_docx,
    ".csv": parse_csv,
    ".tsv": parse_csv,
}

FIRST: Final[dict[str, Parser]] = {
    **dict.fromkeys((".md", ".markdown", ".mdx"), parse_markdown),
    **dict.fromkeys((".docx", ".csv", ".tsv"), parse_text),
}
"""Parsers of the pipelines 1 and 2, for the generations that were built with them."""


def parse(source: str, key: str, data: bytes, kind: str = "", *, pipeline: str = "") -> Document:
    """Turn the bytes of an item into a document, by the ending of its key or, where it is given, by `kind` (`md`, `html` …).

    Args:
        source: the source's name.
        key: the item's.
        data: its bytes.
        kind: the ending to go by.
        pipeline: the version of parsers that the generation was built with; the newest by default.

    Raises:
        InputError: it cannot be read; the message names it.
        ExtraMissing: the library for this kind of file is not installed.
    """
    suffix = (f".{kind}" if kind else PurePosixPath(key).suffix).lower()
    chosen = FIRST.get(suffix) if pipeline in ("1", "2") else None
    return (chosen or PARSERS.get(suffix, parse_text))(source, key, data)

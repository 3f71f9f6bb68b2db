"""Markdown that begins with YAML between two lines of dashes: that is what the document says of itself, and no text of it."""

import re
from typing import Final

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.domain.corpus import Anchor, Document
from llmops.index.parsing.plain import decode, parse_markdown
from llmops.text.yaml import parse_yaml

_BLOCK: Final = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LONGEST: Final = 20_000  # characters of a block; a page of text between two rules is none


def parse_marked(source: str, key: str, data: bytes) -> Document:
    """Take Markdown without its front matter, whose values become the document's metadata and `title` its title.

    Lines stay those of the file. What is no map of YAML is text like any other.
    """
    text = decode(key, data)
    found = _BLOCK.match(text)
    told = _read(found[1], key) if found and found.end() < _LONGEST else None
    plain = parse_markdown(source, key, data)
    if found is None or told is None:
        return plain
    title = told.get("title")
    return plain.model_copy(
        update={
            "text": text[found.end() :],
            "title": title if isinstance(title, str) and title else plain.title,
            "anchors": (Anchor(offset=0, line=text.count("\n", 0, found.end()) + 1),),
            "metadata": {name: value for name, value in told.items() if _is_plain(value)},
        }
    )


def _read(block: str, key: str) -> dict[str, Json] | None:
    try:
        data = parse_yaml(block, key).data
    except InvalidFile:
        return None
    return {str(name): value for name, value in data.items()} if isinstance(data, dict) else None


def _is_plain(value: Json) -> bool:
    """Words and numbers, and lists of them, can be asked for by filters; the rest is left out."""
    if isinstance(value, list):
        return all(isinstance(item, str | int | float | bool) for item in value)
    return isinstance(value, str | int | float | bool)

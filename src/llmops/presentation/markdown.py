"""Pieces of Markdown in which text of models and users stays text: no HTML, no links, no way out of a cell or a fence."""

import html
import re
from collections.abc import Collection, Iterable, Sequence

from llmops.presentation.cleaning import clean, one_line

_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_AT_START = re.compile(r"^(\d+(?=[.)](?:\s|$))|)([.)]|[-+](?=\s|$)|-(?=-)|[#>=])")  # a list, heading, quote or rule


def escape(text: str) -> str:
    """Escape text to stand in a line of Markdown."""
    line = one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    # A zero-width space keeps sites from turning @name and bare addresses into mentions and links.
    line = _AT_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line))
    return line.replace("@", "@\u200b").replace("://", ":\u200b//")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[int] = ()) -> str:
    """Write a table; cells are escaped. `right` are the columns set flush right, counted from 0."""
    rule = ["---:" if index in right else "---" for index in range(len(columns))]
    body = [[escape(name) for name in columns], rule, *([escape(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in body)


def fence(text: str) -> str:
    """Put text into a code fence that it cannot close."""
    cleaned = clean(text)
    longest = max((len(run) for run in re.findall(r"`+", cleaned)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}text\n{cleaned}\n{ticks}"


def bullets(items: Iterable[str]) -> str:
    """Write a list; items are escaped."""
    return "\n".join(f"- {escape(item)}" for item in items)


def fold(summary: str, body: str) -> str:
    """Fold Markdown away behind a line that opens it, where the reader's site knows how; the summary is escaped."""
    line = html.escape(one_line(summary), quote=False).replace("@", "@\u200b").replace("://", ":\u200b//")
    return f"<details><summary>{line}</summary>\n\n{body}\n\n</details>"

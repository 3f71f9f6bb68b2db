"""Makes text of models and users harmless to show: no terminal escapes, no control characters, no reversed reading order."""

import re

REPLACEMENT = "�"

# CSI (colours, cursor), OSC and the other string commands (titles, links, clipboards), then any other escape of two bytes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
# Controls but tab and newline; marks that reorder what is read; lone surrogates, which no encoding can write.
# What spreadsheets take for the beginning of a formula, unless all of it is a number.
_FORMULA = re.compile(r"[\s\x00-\x20]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Take out terminal escapes and replace other control characters by `�`; tabs and newlines stay."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _UNSEEN.sub(REPLACEMENT, _ESCAPES.sub("", text))


def one_line(text: str, width: int | None = None) -> str:
    """Clean text, put it on one line, and shorten it to `width` characters with `…`."""
    line = " ".join(clean(text).split())
    return line if width is None or len(line) <= width else line[: max(0, width - 1)].rstrip() + "…"


def excerpt(text: str, limit: int) -> str:
    """Clean text and cut it after `limit` characters, saying how many were left out."""
    cleaned = clean(text)
    if len(cleaned) <= limit:
        return cleaned
    return f"{cleaned[:limit].rstrip()} … ({len(cleaned) - limit:,} more characters)"


def cell(value: str | float | bool | None) -> str:
    """A value as a cell of CSV; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return repr(value)
    text = clean(value)
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text

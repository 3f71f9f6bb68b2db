"""Tables: drawn with rich for a person at a terminal, plain aligned text for everything else.

Plain text needs no library, so a run in CI or in a pipe never imports rich.
"""

import os
import shutil
import sys
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO, TypeAlias

from llmops.presentation.cleaning import clean, one_line

Tone = Literal["", "good", "bad", "open", "quiet"]

_STYLES: dict[Tone, str] = {"": "", "good": "green", "bad": "bold red", "open": "yellow", "quiet": "dim"}
GAP = "  "
_RICH_GAP = 3  # columns of a terminal that rich puts between two columns of a table


@dataclass(frozen=True, slots=True)
class Cell:
    """Text with a tone; the tone only ever repeats in colour what the text says."""

    text: str
    tone: Tone = ""


Row: TypeAlias = Sequence["str | Cell"]


def print_table(
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    right: Collection[int] = (),
    title: str = "",
    file: TextIO | None = None,
    optional: Sequence[int] = (),
) -> None:
    """Print a table on stdout.

    Args:
        columns: the headings.
        rows: cells, as many as columns; control characters in them are taken out.
        right: the columns set flush right, counted from 0.
        title: a line above it.
        file: somewhere else than stdout.
        optional: columns to leave out on a terminal too narrow for all, the first of them first.
    """
    stream = file or sys.stdout
    cells = [[_cell(cell) for cell in row] for row in rows]
    if not stream.isatty():
        print_lines([*([title] if title else []), *align(columns, cells, right)], file=stream)
        return
    kept = _fitting(columns, cells, optional, shutil.get_terminal_size().columns)
    shown = [[row[index] for index in kept] for row in cells]
    flush = {place for place, index in enumerate(kept) if index in right}
    _print_rich([columns[index] for index in kept], shown, flush, title, stream)


def _fitting(columns: Sequence[str], rows: Sequence[Sequence[Cell]], optional: Sequence[int], width: int) -> list[int]:
    """The columns to show on a terminal of so many characters."""
    table = [[_width(one_line(name)) for name in columns], *([_width(cell.text) for cell in row] for row in rows)]
    widths = [max(column) for column in zip(*table, strict=True)]
    kept = list(range(len(columns)))
    for index in optional:
        if sum(widths[one] for one in kept) + _RICH_GAP * len(kept) - 1 <= width:
            break
        kept.remove(index)
    return kept


def print_lines(lines: Iterable[str], *, file: TextIO | None = None) -> None:
    """Print cleaned lines on stdout; a character that the stream cannot encode becomes `?`."""
    stream = file or sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    for line in lines:
        stream.write(clean(line).encode(encoding, "replace").decode(encoding) + "\n")


def align(columns: Sequence[str], rows: Sequence[Row], right: Collection[int] = ()) -> list[str]:
    """Lay a table out as lines of plain text, headings first."""
    table = [[one_line(name) for name in columns], *([_cell(cell).text for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    lines = []
    for texts in table:
        padded = (
            " " * (width - _width(text)) + text if index in right else text + " " * (width - _width(text))
            for index, (text, width) in enumerate(zip(texts, widths, strict=True))
        )
        lines.append(GAP.join(padded).rstrip())
    return lines


def fit(text: str, width: int) -> str:
    """Shorten a line to so many columns of a terminal, with `…` where something is left out."""
    if _width(text) <= width:
        return text
    kept = text[:width]
    while kept and _width(kept) > width - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def draw_interval(mean: float, low: float, high: float, span: tuple[float, float], width: int = 21) -> str:
    """Draw an interval within a range as `·····━━━●━·········`, one character a step."""
    start, end = span
    scale = (width - 1) / (end - start) if end > start else 0.0
    first, centre, last = (
        min(width - 1, max(0, round((value - start) * scale))) for value in (min(low, mean), mean, max(high, mean))
    )
    marks = ["━" if first <= place <= last else "·" for place in range(width)]
    marks[centre] = "●"
    return "".join(marks)


def _cell(cell: str | Cell) -> Cell:
    return Cell(one_line(cell)) if isinstance(cell, str) else Cell(one_line(cell.text), cell.tone)


def _width(text: str) -> int:
    """How many columns a text takes in a terminal; wide East Asian characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _print_rich(
    columns: Sequence[str], rows: Sequence[Sequence[Cell]], right: Collection[int], title: str, stream: TextIO
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colour = not os.environ.get("NO_COLOR")
    table = Table(box=SIMPLE_HEAD, title=title and Text(one_line(title), "bold"), title_justify="left", pad_edge=False)
    for index, name in enumerate(columns):
        table.add_column(Text(one_line(name)), justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell.text, _STYLES[cell.tone] if colour else "") for cell in row))
    Console(file=stream, no_color=not colour, highlight=False, width=shutil.get_terminal_size().columns).print(table)

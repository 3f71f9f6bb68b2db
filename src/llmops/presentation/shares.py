"""How often each of some words occurs, before and now, as pairs of bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from llmops.presentation.cleaning import one_line
from llmops.presentation.html import Html
from llmops.presentation.shapes import box, picture, words

WIDTH: Final = 320
_LEFT, _RIGHT, _ROW, _TOP = 96, 96, 34, 8
_LONGEST: Final = 14


@dataclass(frozen=True, slots=True)
class Share:
    """A word with its shares before and now, from 0 to 1, and how often it occurred."""

    word: str
    before: float
    now: float
    counts: tuple[int, int]


def shares(rows: Sequence[Share], *, title: str) -> Html:
    """Draw two bars for each word: before above in light, now below in dark."""
    inner = WIDTH - _LEFT - _RIGHT
    widest = max([1e-9, *(end for row in rows for end in (row.before, row.now))])
    shapes = []
    for place, row in enumerate(rows):
        y = _TOP + _ROW * place
        shapes.append(words(0, y + 17, one_line(row.word, _LONGEST), kind="strong"))
        for above, share, count, kind, when in (
            (0, row.before, row.counts[0], "fill", "before"),
            (13, row.now, row.counts[1], "bar", "now"),
        ):
            told = f"{row.word}, {when}: {share:.1%}, {count:,}"
            shapes.append(box(_LEFT, y + above, max(1.0, inner * share / widest), 11, kind, told))
        shapes.append(words(WIDTH - _RIGHT + 10, y + 17, f"{row.before:.1%} → {row.now:.1%}", kind="strong"))
    told = "; ".join(f"{row.word} {row.before:.1%} before, {row.now:.1%} now" for row in rows)
    return picture(WIDTH, _TOP + _ROW * len(rows), title, told, shapes)

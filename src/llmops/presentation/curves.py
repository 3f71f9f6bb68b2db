"""Curves over steps, one for each run: as a picture and as a line of characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from llmops.presentation.axes import Axis, figure
from llmops.presentation.cleaning import one_line
from llmops.presentation.html import Html, element
from llmops.presentation.shapes import circle, line, picture, words

BLOCKS: Final = "▁▂▃▄▅▆▇█"
KINDS: Final = 6  # strokes that are told apart by colour and dashes; the next curve begins anew
STYLE: Final = """
.chart .curve{fill:none;stroke-width:1.5;stroke:var(--data)}
.chart .c1{stroke:var(--accent)}.chart .c2{stroke:var(--good)}
.chart .c3{stroke:var(--data);stroke-dasharray:6 3}.chart .c4{stroke:var(--accent);stroke-dasharray:6 3}
.chart .c5{stroke:var(--good);stroke-dasharray:6 3}
.chart .many{stroke:var(--data);stroke-width:1;opacity:.35}
.chart .curve:hover{stroke:var(--ink);stroke-width:3;opacity:1}
"""
_LEFT, _RIGHT, _TOP, _HEIGHT = 64, 150, 12, 180


@dataclass(frozen=True, slots=True)
class Curve:
    """Values at increasing steps; None where a value was no number, which breaks the line."""

    label: str
    steps: Sequence[int]
    values: Sequence[float | None]


def sparkline(values: Sequence[float | None], axis: Axis, *, width: int = 32) -> str:
    """Values in at most `width` characters, as high as they stand on an axis; a dot for what is no number."""
    if len(values) > width:
        values = [values[round(place * (len(values) - 1) / (width - 1))] for place in range(width)]
    places = [axis.place(value) for value in values]
    return "".join("·" if place is None else BLOCKS[round(place * (len(BLOCKS) - 1))] for place in places)


def curves(drawn: Sequence[Curve], *, title: str, width: int = 940) -> Html:
    """Draw curves in one frame; up to six are named at their ends, more are told apart by pointing at them."""
    across = Axis.of("step", [float(step) for curve in drawn for step in curve.steps])
    up = Axis.of(title, [value for curve in drawn for value in curve.values])
    if across is None or up is None:
        return element("p", "No values that are numbers.", class_="soft")
    right = _RIGHT if len(drawn) <= KINDS else 12
    inner, height = width - _LEFT - right, _HEIGHT + _TOP + 34
    # Steps stand evenly, however far they reach.
    across = Axis(across.label, across.low, across.high)
    shapes = _frame(across, up, inner)
    ends = []
    for index, curve in enumerate(drawn):
        kind = f"curve c{index}" if len(drawn) <= KINDS else "curve many"
        told = f"{curve.label}: {_ending(curve)}"
        shapes += [_stroke(part, kind, told) for part in _parts(curve, across, up, inner)]
        last = next((value for value in reversed(curve.values) if up.place(value) is not None), None)
        if (place := up.place(last)) is not None:
            ends.append((_TOP + _HEIGHT * (1 - place), index, curve.label))
    if len(drawn) <= KINDS:
        shapes += _names(sorted(ends), width - right + 6)
    told = "; ".join(f"{curve.label} {_ending(curve)}" for curve in drawn[:20])
    return picture(width, height, title, told, shapes, label=f"{title}, {len(drawn)} curves")


def _frame(across: Axis, up: Axis, inner: float) -> list[Html]:
    shapes = []
    for place, text in up.ticks():
        y = _TOP + _HEIGHT * (1 - place)
        shapes += [line(_LEFT, y, _LEFT + inner, y, "grid"), words(_LEFT - 8, y + 4, text, anchor="end")]
    for place, text in across.ticks():
        anchor = "start" if place == 0 else "end" if place == 1 else "middle"
        shapes.append(words(_LEFT + inner * place, _TOP + _HEIGHT + 18, text, anchor=anchor))
    return shapes


def _parts(curve: Curve, across: Axis, up: Axis, inner: float) -> list[list[tuple[float, float]]]:
    """The stretches of a curve without a gap."""
    parts: list[list[tuple[float, float]]] = [[]]
    for step, value in zip(curve.steps, curve.values, strict=True):
        place, at = up.place(value), across.place(float(step))
        if place is None or at is None:
            parts.append([])
        else:
            parts[-1].append((_LEFT + inner * at, _TOP + _HEIGHT * (1 - place)))
    return [part for part in parts if part]


def _stroke(part: Sequence[tuple[float, float]], kind: str, told: str) -> Html:
    if len(part) == 1:
        (x, y) = part[0]
        return circle(x, y, told, radius="3")
    return element(
        "polyline", element("title", told), class_=kind, points=" ".join(f"{x:.1f},{y:.1f}" for x, y in part)
    )


def _names(ends: Sequence[tuple[float, int, str]], x: float) -> list[Html]:
    """The names beside the ends of their curves, moved down where they would cover each other."""
    shapes, free = [], 0.0
    for y, index, label in ends:
        free = max(y, free)
        shapes.append(line(x, free, x + 14, free, f"curve c{index}"))
        shapes.append(words(x + 18, free + 4, one_line(label, 20), kind="strong"))
        free += 14
    return shapes


def _ending(curve: Curve) -> str:
    return f"{figure(curve.values[-1])} at step {curve.steps[-1]:,}" if curve.steps else "no values"

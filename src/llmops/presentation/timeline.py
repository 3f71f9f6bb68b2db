"""A line of means with their intervals in the order of time, as inline SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmops.presentation.cleaning import one_line
from llmops.presentation.figures import number
from llmops.presentation.html import Html, element
from llmops.presentation.shapes import circle, line, picture, words

STEP, HEIGHT, LEFT, TOP = 44, 150, 56, 16
NARROWEST, WIDEST = 420, 1010
LONGEST_LABEL = 16


@dataclass(frozen=True, slots=True)
class Moment:
    """A mean with its interval (None: none). Moments of the same `group` that follow each other share its label."""

    mean: float
    low: float | None
    high: float | None
    told: str
    group: str


def timeline(
    moments: Sequence[Moment],
    span: tuple[float, float],
    *,
    title: str,
    unit: str = "",
    marks: Mapping[int, str] | None = None,
    noun: str = "runs",
    level: tuple[str, float] | None = None,
) -> Html:
    """Draw means from left to right, oldest first; a dotted line and a label begin each group. `marks` are labelled lines
    before moments, by their place; `level` is one across all of them."""
    width = min(WIDEST, max(NARROWEST, LEFT + STEP * len(moments) + 20))
    step = (width - LEFT - 20) / max(1, len(moments))
    low, high = span if span[1] > span[0] else (span[0] - 0.5, span[0] + 0.5)

    def place(value: float) -> float:
        return TOP + HEIGHT * (1 - min(1.0, max(0.0, (value - low) / (high - low))))

    shapes = []
    for value in (low, (low + high) / 2, high):
        shapes.append(line(LEFT, place(value), width, place(value), "grid"))
        shapes.append(words(LEFT - 8, place(value) + 4, number(value, unit), anchor="end"))
    points = [(LEFT + step * (index + 0.5), place(moment.mean)) for index, moment in enumerate(moments)]
    trail = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    shapes.append(element("polyline", Html(), class_="trail", points=trail))
    for index, (moment, (x, y)) in enumerate(zip(moments, points, strict=True)):
        if index == 0 or moments[index - 1].group != moment.group:
            shapes.append(line(x - step / 2, TOP, x - step / 2, TOP + HEIGHT + 18, "grid"))
            shapes.append(words(x - step / 2 + 3, TOP + HEIGHT + 18, one_line(moment.group, LONGEST_LABEL)))
        if moment.low is not None and moment.high is not None:
            shapes.append(line(x, place(moment.low), x, place(moment.high), "whisker"))
        shapes.append(circle(x, y, moment.told))
    for index, mark in (marks or {}).items():
        x = LEFT + step * index
        shapes += [line(x, TOP - 6, x, TOP + HEIGHT, "mark"), words(x + 3, TOP - 4, mark)]
    if level is not None:
        y = place(level[1])
        shapes += [line(LEFT, y, width, y, "mark"), words(width, y - 4, level[0], anchor="end")]
    told = "; ".join(moment.told for moment in moments)
    label = f"{title}, {len(moments)} {noun}"
    return picture(width, HEIGHT + TOP + 30, title, told, shapes, label=label)

"""A scatter of points in two colours and shapes, as inline SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llmops.presentation.html import Html
from llmops.presentation.shapes import circle, picture

SIDE, EDGE = 460, 14


@dataclass(frozen=True, slots=True)
class Point:
    """A point of one of two groups (`is_new`), with what is said of it."""

    x: float
    y: float
    told: str
    is_new: bool


def scatter(points: Sequence[Point], *, title: str, told: str) -> Html:
    """Draw points: rings are of before, dots of now; the axes have no unit."""
    across = _scale([point.x for point in points])
    up = _scale([point.y for point in points])
    shapes = []
    for point in sorted(points, key=lambda one: one.is_new):
        kind, radius = ("dot", "4") if point.is_new else ("whisker", "3")
        x, y = EDGE + across(point.x) * (SIDE - 2 * EDGE), SIDE - EDGE - up(point.y) * (SIDE - 2 * EDGE)
        shapes.append(circle(x, y, point.told, kind=kind, radius=radius))
    return picture(SIDE, SIDE, title, told, shapes)


def _scale(values: Sequence[float]) -> Callable[[float], float]:
    """Where a value stands among others, from 0 to 1."""
    low = min(values, default=0.0)
    width = max(values, default=1.0) - low or 1.0
    return lambda value: (value - low) / width

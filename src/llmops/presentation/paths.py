"""Paths of something that grows or shrinks by factors, such as a capital: as a line of characters and as a picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llmops.presentation.cleaning import one_line
from llmops.presentation.html import Html, element
from llmops.presentation.shapes import line, picture, words

BLOCKS = "▁▂▃▄▅▆▇█"
_LOWEST = 1 / 100  # what is smaller is drawn as this
_LEFT, _TOP, _RIGHT, _BOTTOM = 44, 14, 12, 24


@dataclass(frozen=True, slots=True)
class Path:
    """Values above 0 at increasing places, with what they are called, and a class of the style sheet."""

    label: str
    at: Sequence[int]
    values: Sequence[float]
    kind: str = ""


def spark(values: Sequence[float], goal: float, *, width: int = 32) -> str:
    """A path in characters, at most `width` of them, from 1/goal (lowest) to the goal (highest) by factors."""
    step = max(1, math.ceil(len(values) / width))
    shown = list(values[step - 1 :: step])
    if values and len(values) % step:
        shown.append(values[-1])
    reach = math.log(goal)
    places = (min(1.0, max(0.0, (math.log(max(value, _LOWEST**2)) + reach) / (2 * reach))) for value in shown)
    return "".join(BLOCKS[round(place * (len(BLOCKS) - 1))] for place in places)


def draw_paths(paths: Sequence[Path], goals: Sequence[float], *, title: str, width: int = 460) -> Html:
    """A picture of paths over their places, the vertical axis by factors, with a dashed line at every goal."""
    height = 150
    last = max((path.at[-1] for path in paths if path.at), default=1)
    top = math.log(max([*goals, *(value for path in paths for value in path.values)], default=1.0) * 1.15)
    floor = math.log(_LOWEST)
    inner, tall = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM

    def x(place: float) -> float:
        return _LEFT + inner * place / last

    def y(value: float) -> float:
        return _TOP + tall * (top - max(floor, math.log(max(value, 1e-300)))) / (top - floor)

    shapes = [line(x(0), y(1), x(last), y(1), "axis"), words(0, y(1), "1")]
    for goal in dict.fromkeys(goals):
        shapes += [line(x(0), y(goal), x(last), y(goal), "mark"), words(0, y(goal), f"{goal:g}")]
    for path in paths:
        points = [(0, 1.0), *zip(path.at, path.values, strict=True)]
        drawn = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in points)
        ending = element("title", f"{path.label}: {points[-1][1]:.3g} after {points[-1][0]:,}")
        shapes.append(element("polyline", ending, class_=f"path {path.kind}".strip(), points=drawn))
    shapes += [words(_LEFT, height - 6, "0"), words(width - _RIGHT, height - 6, f"{last:,}", anchor="end")]
    told = "; ".join(f"{path.label} ends at {path.values[-1]:.3g}" for path in paths if path.values)
    return picture(width, height, one_line(title), told, shapes, label=one_line(title))

"""Many things on several axes at once: parallel coordinates and scatter plots, readable for a few things and for thousands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from llmops.presentation.axes import Axis, Value
from llmops.presentation.cleaning import one_line
from llmops.presentation.html import Html, element
from llmops.presentation.shapes import circle, line, picture, words

FEW: Final = 60  # up to so many lines are drawn strongly
STYLE: Final = """
.chart .ray{fill:none;stroke-width:1.5;opacity:.75}
.chart .dense{stroke-width:1;opacity:.3}
.chart .r0{stroke:#3b6fb6}.chart .r1{stroke:#5aa7c7}.chart .r2{stroke:#8a8f98}.chart .r3{stroke:#e0914a}.chart .r4{stroke:#b9421f}
.chart .none{stroke:var(--soft);stroke-dasharray:2 3}
.chart .ray:hover{stroke:var(--ink);stroke-width:3;opacity:1}
.chart .point{fill:var(--data);opacity:.6}
.chart .point:hover{fill:var(--ink);opacity:1}
"""
_SHADES: Final = 5
_TOP, _HEIGHT, _EDGE = 34, 220, 70


@dataclass(frozen=True, slots=True)
class Item:
    """One thing with its values on the axes, and what is said of it."""

    told: str
    values: Sequence[Value]


def parallel(axes: Sequence[Axis], items: Sequence[Item], *, title: str, width: int = 940) -> Html:
    """Draw each item as a line over all axes; its shade follows the last axis. A line ends where a value is absent."""
    gap = (width - 2 * _EDGE) / max(1, len(axes) - 1)
    shapes = []
    kind = "ray" if len(items) <= FEW else "ray dense"
    for item in items:
        places = [axis.place(value) for axis, value in zip(axes, item.values, strict=True)]
        shade = "none" if not places or places[-1] is None else f"r{min(_SHADES - 1, int(places[-1] * _SHADES))}"
        named = element("title", item.told)
        for part in _parts(places):
            points = " ".join(f"{_EDGE + gap * index:.1f},{_TOP + _HEIGHT * (1 - place):.1f}" for index, place in part)
            shapes.append(element("polyline", named, class_=f"{kind} {shade}", points=points))
    for index, axis in enumerate(axes):
        x = _EDGE + gap * index
        shapes.append(line(x, _TOP, x, _TOP + _HEIGHT, "axis"))
        name = one_line(axis.label, max(8, int(gap / 7)))
        shapes.append(words(x, _TOP - 16, name, kind="strong", anchor="middle"))
        shapes += [words(x + 6, _TOP + _HEIGHT * (1 - place) + 4, text) for place, text in axis.ticks()]
    told = f"{len(items):,} lines over {', '.join(axis.label for axis in axes)}"
    return picture(width, _TOP + _HEIGHT + 20, title, told, shapes)


def scatter(across: Axis, up: Axis, items: Sequence[Item], *, title: str, width: int = 460) -> Html:
    """Draw each item, with two values, as a point."""
    left, right, top, height = 64, 14, 12, 190
    inner = width - left - right
    shapes = []
    for place, text in up.ticks():
        y = top + height * (1 - place)
        shapes += [line(left, y, width - right, y, "grid"), words(left - 8, y + 4, text, anchor="end")]
    for place, text in across.ticks():
        anchor = "start" if place == 0 else "end" if place == 1 else "middle"
        shapes.append(words(left + inner * place, top + height + 18, text, anchor=anchor))
    radius = "4" if len(items) <= FEW else "2.5"
    drawn = 0
    for item in items:
        right_of, above = across.place(item.values[0]), up.place(item.values[1])
        if right_of is None or above is None:
            continue
        drawn += 1
        x, y = left + inner * right_of, top + height * (1 - above)
        shapes.append(circle(x, y, item.told, kind="point", radius=radius))
    return picture(width, top + height + 30, title, f"{drawn:,} points, {across.label} across, {up.label} up", shapes)


def _parts(places: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The stretches of neighbouring axes on which there is a value."""
    parts: list[list[tuple[int, float]]] = [[]]
    for index, place in enumerate(places):
        if place is None:
            parts.append([])
        else:
            parts[-1].append((index, place))
    return [part for part in parts if len(part) > 1]

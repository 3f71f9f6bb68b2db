"""Charts as inline SVG: no script, no style attributes, colours from the page's style sheet (`STYLE`).

Every chart has a title and a description for screen readers, every mark its own title, and no colour says anything that
position, shape or a word does not say too. The palette is that of Okabe and Ito, told apart by colour-blind eyes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llmops.presentation.cleaning import one_line
from llmops.presentation.figures import count, number
from llmops.presentation.html import Html
from llmops.presentation.shapes import box, circle, line, picture, words

STYLE = """
.chart{display:block;max-width:100%;height:auto;overflow:visible}
.chart text{font:11px var(--sans);fill:var(--soft);font-variant-numeric:tabular-nums}
.chart .strong{fill:var(--ink)}
.chart .axis{stroke:var(--line);stroke-width:1}
.chart .grid{stroke:var(--line);stroke-width:1;stroke-dasharray:2 3}
.chart .bar{fill:var(--data)}
.chart .fill{fill:var(--data-soft)}
.chart .whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
.chart .range{stroke:var(--data);stroke-width:8;stroke-linecap:round;opacity:.4}
.chart .dot{fill:var(--data);stroke:var(--paper);stroke-width:1.5}
.chart .trail{stroke:var(--data);stroke-width:1.5;fill:none;opacity:.5}
.chart .path{fill:none;stroke:var(--soft);stroke-width:1.5;stroke-dasharray:2 3}
.chart .for{stroke:var(--data);stroke-width:2;stroke-dasharray:none}
.chart .mark{stroke:var(--accent);stroke-width:1.5;stroke-dasharray:4 2}
"""

BINS = 20
ROW = 26
LABEL = 170
LONGEST_LABEL = 26
SEGMENT_LABEL = 120
LONGEST_SEGMENT = 18


@dataclass(frozen=True, slots=True)
class Dot:
    """A mean with its interval (None: none) and a text to its right."""

    label: str
    mean: float
    low: float | None = None
    high: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled vertical line at a value."""

    label: str
    value: float


def histogram(
    values: Sequence[float],
    span: tuple[float, float],
    *,
    title: str,
    unit: str = "",
    marks: Sequence[Mark] = (),
    width: int = 320,
) -> Html:
    """Draw how values are spread over a range, in 20 bins; values beyond an end are counted in the last bin there."""
    low, high = span if span[1] > span[0] else (span[0], span[0] + 1.0)
    bins = [0] * BINS
    for value in values:
        bins[min(BINS - 1, max(0, int((value - low) / (high - low) * BINS)))] += 1
    top, floor, inner = 26, 116, width - 20
    highest = max([*bins, 1])
    step = inner / BINS
    shapes = []
    for index, size in enumerate(bins):
        if size:
            height = max(1.5, (floor - top) * size / highest)
            start, end = low + (high - low) * index / BINS, low + (high - low) * (index + 1) / BINS
            told = f"{number(start, unit)} to {number(end, unit)}: {size:,}"
            shapes.append(box(10 + index * step + 1, floor - height, step - 2, height, "bar", told))
    for place, mark in enumerate(marks):
        x = 10 + inner * min(1.0, max(0.0, (mark.value - low) / (high - low)))
        beside, anchor = (x - 4, "end") if x > width * 0.8 else (x + 4, "start")
        label = words(beside, top - 2 + 12 * place, mark.label, kind="strong", anchor=anchor)
        shapes += [line(x, top - 8, x, floor, "mark"), label]
    ticks = [(10.0, low, "start"), (10 + inner / 2, (low + high) / 2, "middle"), (10.0 + inner, high, "end")]
    shapes += [line(10, floor, 10 + inner, floor, "axis"), words(10, 12, f"highest bar: {highest:,}")]
    shapes += [words(x, floor + 16, _tick(value, unit), anchor=anchor) for x, value, anchor in ticks]
    told = f"{count(len(values), 'value')} between {number(low, unit)} and {number(high, unit)}"
    return picture(width, 140, title, told, shapes)


def interval(dot: Dot, span: tuple[float, float], *, unit: str = "", width: int = 180) -> Html:
    """Draw one mean with its interval on the line of its range, small enough for a table."""
    inner = width - 16
    shapes = [
        line(8, 10, 8 + inner, 10, "axis"),
        line(8, 6, 8, 14, "axis"),
        line(8 + inner, 6, 8 + inner, 14, "axis"),
    ]
    if dot.low is not None and dot.high is not None:
        shapes.append(line(8 + inner * _at(dot.low, span), 10, 8 + inner * _at(dot.high, span), 10, "range"))
    shapes.append(circle(8 + inner * _at(dot.mean, span), 10))
    return picture(width, 20, f"{dot.label}: {_told(dot, unit)}", f"on a range of {span[0]:g} to {span[1]:g}", shapes)


def forest(dots: Sequence[Dot], *, title: str, unit: str = "", width: int = 940) -> Html:
    """Draw differences with their intervals around a line at zero."""
    reach = (
        max([abs(end) for dot in dots for end in (dot.mean, dot.low or 0.0, dot.high or 0.0)], default=0.0) * 1.08
        or 1.0
    )
    span = (-reach, reach)
    left, inner = LABEL, width - LABEL - 190
    floor = 14 + ROW * len(dots)
    shapes = [line(left + inner / 2, 6, left + inner / 2, floor, "axis")]
    for index, dot in enumerate(dots):
        y = 22 + ROW * index
        shapes.append(words(0, y + 4, one_line(dot.label, LONGEST_LABEL), kind="strong"))
        if dot.low is not None and dot.high is not None:
            shapes.append(line(left + inner * _at(dot.low, span), y, left + inner * _at(dot.high, span), y, "range"))
        shapes.append(circle(left + inner * _at(dot.mean, span), y, f"{dot.label}: {_told(dot, unit)}"))
        shapes.append(words(width - 178, y + 4, dot.text, kind="strong"))
    shapes += _scale(left, inner, floor, (-reach, 0.0, reach), unit)
    return picture(width, floor + 22, title, "; ".join(f"{dot.label} {_told(dot, unit)}" for dot in dots), shapes)


def bars(
    dots: Sequence[Dot], span: tuple[float, float], *, title: str, unit: str = "", reference: float | None = None
) -> Html:
    """Draw means as bars with their intervals as whiskers; `reference` is a dashed line, such as the mean of all."""
    width, left = 460, SEGMENT_LABEL
    inner = width - left - 130
    floor = 14 + ROW * len(dots)
    shapes = []
    if reference is not None:
        x = left + inner * _at(reference, span)
        anchor = "end" if reference > (span[0] + span[1]) / 2 else "start"
        shapes += [line(x, 8, x, floor + 6, "mark"), words(x + (-4 if anchor == "end" else 4), 8, "all", anchor=anchor)]
    for index, dot in enumerate(dots):
        y = 24 + ROW * index
        told = f"{dot.label}: {_told(dot, unit)}"
        shapes.append(words(0, y + 4, one_line(dot.label, LONGEST_SEGMENT), kind="strong"))
        shapes.append(box(left, y - 7, max(1.0, inner * _at(dot.mean, span)), 14, "fill", told))
        if dot.low is not None and dot.high is not None:
            first, last = left + inner * _at(dot.low, span), left + inner * _at(dot.high, span)
            shapes += [line(first, y, last, y, "whisker"), line(first, y - 4, first, y + 4, "whisker")]
            shapes.append(line(last, y - 4, last, y + 4, "whisker"))
        shapes.append(words(left + inner + 12, y + 4, dot.text, kind="strong"))
    shapes += _scale(left, inner, floor + 6, (span[0], (span[0] + span[1]) / 2, span[1]), unit)
    return picture(width, floor + 28, title, "; ".join(f"{dot.label} {_told(dot, unit)}" for dot in dots), shapes)


def _scale(left: float, inner: float, y: float, ticks: tuple[float, float, float], unit: str) -> list[Html]:
    """An axis with three labelled ticks."""
    places = ((left, "start"), (left + inner / 2, "middle"), (left + inner, "end"))
    labels = [
        words(x, y + 16, _tick(value, unit), anchor=anchor) for (x, anchor), value in zip(places, ticks, strict=True)
    ]
    return [line(left, y, left + inner, y, "axis"), *labels]


def _tick(value: float, unit: str) -> str:
    """A number at an axis, without digits that say nothing."""
    return (f"{value:.3g}" if not unit else number(value, unit)).replace("-", "−")


def _told(dot: Dot, unit: str) -> str:
    if dot.low is None or dot.high is None:
        return number(dot.mean, unit)
    return f"{number(dot.mean, unit)}, 95 % interval {number(dot.low, unit)} to {number(dot.high, unit)}"


def _at(value: float, span: tuple[float, float]) -> float:
    """Where a value stands in a range, from 0 to 1."""
    width = span[1] - span[0]
    place = (value - span[0]) / width if width > 0 else 0.5
    return min(1.0, max(0.0, place)) if math.isfinite(place) else 0.5

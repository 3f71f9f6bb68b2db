"""A page about recorded runs: parallel coordinates, learning curves, scatter plots, and what tells the runs apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from llmops.presentation import curves as curve_pictures
from llmops.presentation import spread
from llmops.presentation.axes import Axis, Value, figure
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.curves import Curve, curves
from llmops.presentation.figures import count
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.pieces import figure as framed
from llmops.presentation.pieces import folded, row, table
from llmops.presentation.spread import Item, parallel, scatter
from llmops.presentation.style import STYLE
from llmops.tracking.compare import Contrast, axis_values

MOST_CURVES: Final = 50
MOST_POINTS: Final = 200  # of one curve
MOST_METRICS: Final = 8
MOST_ROWS: Final = 500
_MOST_AXES: Final = 8
_MOST_SCATTERS: Final = 6

Points = Mapping[str, Sequence[tuple[int, float | None]]]


@dataclass(frozen=True, slots=True)
class _Track:
    """An axis with the value of each run on it."""

    axis: Axis
    values: Sequence[Value]
    shown: Sequence[str]


def curve_keys(found: Contrast) -> list[str]:
    """The metrics of which there is a curve in any run, as many as a page shows."""
    return [key for key, values in found.metrics.items() if any(m and m.count > 1 for m in values)][:MOST_METRICS]


def comparison_page(found: Contrast, histories: Mapping[str, Points], *, title: str) -> str:
    """The whole page.

    Args:
        found: the runs.
        histories: for each metric the points of its runs; of the first `MOST_CURVES` runs, at most `MOST_POINTS` each.
        title: what the runs have in common.
    """
    runs = [record.run for record in found.records]
    span = f"{min(run.started_at for run in runs):%Y-%m-%d %H:%M} to {max(run.started_at for run in runs):%Y-%m-%d %H:%M} UTC"
    head = element(
        "header",
        element("p", "Recorded runs", class_="eyebrow"),
        element("h1", title),
        element("p", f"{count(len(runs), 'run')}, started {span}. One value of a run has no interval.", class_="soft"),
    )
    labels = labels_of(found)
    parts = [_parallel(found, labels), _curves(found, histories, labels), _scatters(found, labels)]
    parts += [_runs(found, labels), _surroundings(found)]
    body = join([head, element("main", *(part for part in parts if part)), element("footer", "Written by llmops.")])
    return page(title, body, style=STYLE + CHART_STYLE + curve_pictures.STYLE + spread.STYLE)


def labels_of(found: Contrast) -> list[str]:
    """What each run is called: its name where no other has it, else with its id."""
    names = [record.run.name for record in found.records]
    return (
        [
            name if names.count(name) == 1 else f"{name} {record.run.id}"
            for name, record in zip(names, found.records, strict=True)
        ]
        if len(names) <= MOST_ROWS
        else [f"{record.run.name} {record.run.id}" for record in found.records]
    )


def _tracks(found: Contrast) -> tuple[list[_Track], list[_Track]]:
    """The axes of parameters that differ, and those of metrics."""
    params = []
    for key, values in found.varied.items():
        if (axis := Axis.of(key, axis_values(values))) is not None:
            params.append(_Track(axis, axis_values(values), [value or "–" for value in values]))
    metrics = []
    for key in found.metrics:
        numbers = found.numbers(key)
        if (axis := Axis.of(key, numbers)) is not None:
            metrics.append(_Track(axis, numbers, [figure(value) for value in numbers]))
    return params, metrics


def _parallel(found: Contrast, labels: Sequence[str]) -> Html:
    params, metrics = _tracks(found)
    shown = metrics[: max(1, _MOST_AXES - len(params))][:3]
    tracks = [*params[: _MOST_AXES - len(shown)], *reversed(shown)]  # the first metric last: the shade follows it
    if len(tracks) < 2 or len(labels) < 2:
        return Html()
    items = []
    for place, label in enumerate(labels):
        told = ", ".join(f"{track.axis.label} {track.shown[place]}" for track in tracks)
        items.append(Item(f"{label}: {told}", [track.values[place] for track in tracks]))
    left = len(params) + len(metrics) - len(tracks)
    more = f"The shade follows {tracks[-1].axis.label}: blue low, red high." + (
        f" {left} more are in the table." if left else ""
    )
    drawn = parallel([track.axis for track in tracks], items, title="Parameters and metrics")
    return element("section", element("h2", "Parameters and metrics"), framed("", more, drawn, "wide"))


def _curves(found: Contrast, histories: Mapping[str, Points], labels: Sequence[str]) -> Html:
    by_id = {record.run.id: label for record, label in zip(found.records, labels, strict=True)}
    pictures = []
    for key, points in histories.items():
        drawn = [
            Curve(label, [step for step, _ in points[run]], [value for _, value in points[run]])
            for run, label in by_id.items()
            if run in points
        ]
        if drawn:
            pictures.append(framed(key, "", curves(drawn, title=key), "wide"))
    if not pictures:
        return Html()
    told = f"Of a curve with more than {MOST_POINTS} points every n-th one is drawn, and the last."
    if len(labels) > MOST_CURVES:
        told = f"The first {MOST_CURVES} of {len(labels):,} runs. " + told
    return element("section", element("h2", "Curves"), element("p", told, class_="soft small"), *pictures)


def _scatters(found: Contrast, labels: Sequence[str]) -> Html:
    params, metrics = _tracks(found)
    if not metrics or len(labels) < 3:
        return Html()
    goal, *others = metrics
    pictures = []
    for track in [*params, *others][:_MOST_SCATTERS]:
        items = [
            Item(f"{label}: {track.axis.label} {track.shown[place]}, {goal.axis.label} {goal.shown[place]}",
                 (track.values[place], goal.values[place]))
            for place, label in enumerate(labels)
        ]  # fmt: skip
        title = f"{goal.axis.label} by {track.axis.label}"
        pictures.append(framed(title, "", scatter(track.axis, goal.axis, items, title=title)))
    if not pictures:
        return Html()
    return element(
        "section",
        element("h2", f"What goes with {goal.axis.label}"),
        element("div", *pictures, class_="figures halves"),
    )


def _runs(found: Contrast, labels: Sequence[str]) -> Html:
    params, metrics = list(found.varied.items()), list(found.metrics)[:MOST_METRICS]
    ends, values_of = {}, {key: found.numbers(key) for key in metrics}
    for key in metrics:
        numbers = [value for value in values_of[key] if value is not None]
        ends[key] = (min(numbers), max(numbers)) if len(set(numbers)) > 1 else (None, None)
    rows = []
    for place, record in enumerate(found.records[:MOST_ROWS]):
        cells = [
            (record.run.id, "mono small"),
            (f"{record.run.started_at:%Y-%m-%d %H:%M}", "nowrap"),
            (record.run.status, ""),
        ]
        cells += [(values[place] or "–", "") for _, values in params]
        for key in metrics:
            value = values_of[key][place]
            lowest, highest = ends[key]
            mark = (
                " ▼"
                if value is not None and value == lowest
                else " ▲"
                if value is not None and value == highest
                else ""
            )
            cells.append((figure(value) + mark, "num"))
        rows.append(row(record.run.name, *cells))
    headings = [("Run", ""), ("Id", ""), ("Started (UTC)", ""), ("Status", ""), *((key, "") for key, _ in params)]
    headings += [(key, "num") for key in metrics]
    told = "▲ highest, ▼ lowest; the values logged last."
    if len(labels) > MOST_ROWS:
        told = f"The first {MOST_ROWS} of {len(labels):,} runs; llmops runs list has all of them. " + told
    listed = table(headings, rows, label="Runs")
    return element("section", element("h2", "Runs"), element("p", told, class_="soft small"), listed)


def _surroundings(found: Contrast) -> Html:
    shared = [row(key, (value, "mono small")) for key, value in found.shared.items()]
    parts = []
    if found.refs:
        headings = [("Run", ""), *((key, "") for key in found.refs)]
        rows = [
            row(record.run.name, *((values[place] or "–", "mono small") for values in found.refs.values()))
            for place, record in enumerate(found.records[:MOST_ROWS])
        ]
        parts.append(
            folded(
                f"They ran in different surroundings: {', '.join(found.refs)}",
                table(headings, rows, label="Surroundings"),
            )
        )
    if shared:
        headings = [("Parameter", ""), ("Value", "")]
        parts.append(
            folded(f"{count(len(shared), 'parameter')} alike in all runs", table(headings, shared, label="Alike"))
        )
    return element("section", *parts) if parts else Html()

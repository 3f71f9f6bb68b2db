"""Recorded runs side by side in the terminal: what tells them apart, and their curves."""

from collections.abc import Mapping
from typing import Final, TextIO

from llmops.presentation.axes import Axis, figure
from llmops.presentation.curves import sparkline
from llmops.presentation.figures import count
from llmops.presentation.tables import print_lines, print_table
from llmops.storage.recording import number_of
from llmops.tracking.compare import Contrast
from llmops.tracking.comparison_page import MOST_METRICS, Points, labels_of

MOST_SIDE_BY_SIDE: Final = 4
MOST_SHOWN: Final = 40
_DIGEST: Final = 19


def print_contrast(found: Contrast, *, file: TextIO | None = None) -> None:
    """A column for each of a few runs, a line for each of many; then what they share."""
    if len(found.records) <= MOST_SIDE_BY_SIDE:
        _print_side_by_side(found, file)
    else:
        _print_lines(found, file)
    if found.shared:
        listed = ", ".join(f"{key}={value}" for key, value in list(found.shared.items())[:12])
        more = f", and {len(found.shared) - 12} more" if len(found.shared) > 12 else ""
        print_lines(["", f"Alike in all: {listed}{more}"], file=file)


def print_curves(found: Contrast, histories: Mapping[str, Points], *, file: TextIO | None = None) -> None:
    """A table for each metric: the curve of each run, all on one scale, and its last, lowest and highest value."""
    labels = labels_of(found)
    for number, key in enumerate(list(found.metrics)[:MOST_METRICS]):
        points = histories.get(key, {})
        ends = [end for metric in found.metrics[key] if metric for end in (metric.lowest, metric.highest)]
        axis = Axis.of(key, ends)
        rows: list[list[str]] = []
        for record, label, metric in zip(found.records, labels, found.metrics[key], strict=True):
            if metric is None or axis is None or len(rows) == MOST_SHOWN:
                continue
            values = [value for _, value in points.get(record.run.id, [])] or [metric.value]
            drawn = sparkline(values, axis) if len(values) > 1 else _dot(metric.value, axis)
            shown = [figure(metric.value), figure(metric.lowest), figure(metric.highest)]
            rows.append([label, drawn, *shown, f"{metric.count:,}"])
        print_lines([""] if number else [], file=file)
        print_table(["run", "", "last", "lowest", "highest", "points"], rows, right=(2, 3, 4, 5), title=key, file=file)
        _print_rest(sum(metric is not None for metric in found.metrics[key]) - len(rows), file)


def _print_side_by_side(found: Contrast, file: TextIO | None) -> None:
    rows = [
        ["id", *(record.run.id for record in found.records)],
        ["started (UTC)", *(f"{record.run.started_at:%Y-%m-%d %H:%M}" for record in found.records)],
        ["status", *(record.run.status for record in found.records)],
    ]
    rows += [[key, *((value or "–")[:_DIGEST] for value in values)] for key, values in found.refs.items()]
    rows += [[f"params.{key}", *(value or "–" for value in values)] for key, values in found.varied.items()]
    for key in found.metrics:
        first, *others = found.numbers(key)
        shown = [figure(first)]
        for value in others:
            change = (
                ""
                if first is None or value is None
                else f" ({figure(value - first) if value < first else '+' + figure(value - first)})"
            )
            shown.append(figure(value) + change)
        rows.append([f"metrics.{key}", *shown])
    print_table(["", *(record.run.name for record in found.records)], rows, file=file)
    if len(found.records) > 1 and found.metrics:
        print_lines(["", "In brackets: against the first run. One value of a run has no interval."], file=file)


def _print_lines(found: Contrast, file: TextIO | None) -> None:
    params, metrics = list(found.varied)[:MOST_SIDE_BY_SIDE], list(found.metrics)[:MOST_SIDE_BY_SIDE]
    numbers = {key: found.numbers(key) for key in metrics}
    rows = [
        [
            record.run.id,
            record.run.name,
            *(_short(found.varied[key][place]) for key in params),
            *(figure(numbers[key][place]) for key in metrics),
        ]
        for place, record in enumerate(found.records[:MOST_SHOWN])
    ]
    print_table(["run", "name", *params, *metrics], rows, file=file)
    _print_rest(len(found.records) - len(rows), file)
    summary = []
    for key in metrics:
        known = sorted(value for value in numbers[key] if value is not None)
        if known:
            middle = (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2
            shown = [figure(known[0]), figure(middle), figure(known[-1])]
            summary.append(
                [key, *shown, f"{len(known):,}", _run_at(found, key, known[0]), _run_at(found, key, known[-1])]
            )
    if summary:
        print_lines([""], file=file)
        columns = ["metric", "lowest", "median", "highest", "runs", "lowest in", "highest in"]
        print_table(columns, summary, right=(1, 2, 3, 4), file=file)


def _short(value: str | None) -> str:
    """A parameter in a narrow column: a long number in four digits."""
    number = number_of(value) if value and len(value) > 8 else None
    return figure(number) if number is not None else value or "–"


def _run_at(found: Contrast, key: str, value: float) -> str:
    return found.records[found.numbers(key).index(value)].run.id


def _print_rest(more: int, file: TextIO | None) -> None:
    if more > 0:
        print_lines([f"… and {count(more, 'more run')}; -o FILE.html shows all."], file=file)


def _dot(value: float | None, axis: Axis, width: int = 32) -> str:
    place = axis.place(value)
    return (
        "·" * width
        if place is None
        else "".join("●" if at == round(place * (width - 1)) else "·" for at in range(width))
    )

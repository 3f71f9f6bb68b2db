"""The scores of a suite over time, a line for each scorer: in the terminal, as a page, as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from llmops.core.hashing import Json
from llmops.domain.report import Report, ScoreSummary
from llmops.evals.words import display_span, interval_text, score_name
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.figures import count, number
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.pieces import figure, row, table
from llmops.presentation.style import STYLE
from llmops.presentation.tables import draw_interval, print_lines, print_table
from llmops.presentation.timeline import Moment, timeline


@dataclass(frozen=True, slots=True)
class Past:
    """A finished run and the version that it was about, such as `app/docs@3`."""

    report: Report
    version: str


def labels_of(history: Sequence[Past], wanted: Sequence[str] = ()) -> list[str]:
    """The scorers of these runs, those of the newest first; only the wanted ones, where any are named."""
    found = dict.fromkeys(score.label for past in reversed(history) for score in past.report.scores)
    return [label for label in found if not wanted or label in wanted]


def print_history(history: Sequence[Past], labels: Sequence[str], *, file: TextIO | None = None) -> None:
    """Print a table for each scorer, oldest run first; a mark tells where its definition changed."""
    for place, label in enumerate(labels):
        points = _points(history, label)
        span = _span([score for _, score in points])
        rows = []
        for index, (past, score) in enumerate(points):
            drawn = ""
            if score.mean is not None and score.interval is not None:
                drawn = draw_interval(score.mean, score.interval.low, score.interval.high, span, 31)
            changed = index > 0 and points[index - 1][1].identity != score.identity
            rows.append(
                [
                    f"{past.report.started_at:%Y-%m-%d %H:%M}",
                    past.version,
                    number(score.mean, score.unit),
                    drawn,
                    interval_text(score.interval, score.unit),
                    f"{score.n:,}",
                    past.report.run_id + (" (scorer redefined)" if changed else ""),
                ]
            )
        print_lines([""] if place else [], file=file)
        columns = ["started (UTC)", "version", "mean", "95 % interval", "", "n", "run"]
        print_table(columns, rows, right=(2, 5), title=score_name(points[-1][1]), file=file, optional=(6, 5, 3))


def history_json(history: Sequence[Past], labels: Sequence[str]) -> Json:
    """The points as plain values, oldest first."""
    return [
        {
            "run_id": past.report.run_id,
            "suite": past.report.suite,
            "version": past.version,
            "started_at": past.report.started_at.isoformat(),
            "scores": {
                score.label: {
                    "mean": score.mean,
                    "interval": score.interval.model_dump(mode="json") if score.interval else None,
                    "n": score.n,
                    "identity": score.identity,
                }
                for score in past.report.scores
                if score.label in labels
            },
        }
        for past in history
    ]


def write_history(history: Sequence[Past], labels: Sequence[str], stream: TextIO) -> None:
    """Write a page: a picture and a table for each scorer."""
    suite = history[-1].report.suite
    parts = [_section(history, label) for label in labels]
    head = element(
        "header",
        element("p", "Scores over time", class_="eyebrow"),
        element("h1", suite),
        element(
            "p", f"{count(len(history), 'finished run')}, oldest first; whiskers are 95 % intervals.", class_="soft"
        ),
    )
    body = join([head, element("main", *parts), element("footer", "Written by llmops.")])
    stream.write(page(f"{suite} over time", body, style=STYLE + CHART_STYLE))


def _section(history: Sequence[Past], label: str) -> Html:
    points = _points(history, label)
    scores = [score for _, score in points]
    unit = scores[-1].unit
    moments, rows = [], []
    for past, score in points:
        if score.mean is None:
            continue
        low, high = (score.interval.low, score.interval.high) if score.interval else (None, None)
        started = f"{past.report.started_at:%Y-%m-%d %H:%M}"
        told = f"{past.version}, {started}: {number(score.mean, unit)} ({interval_text(score.interval, unit)})"
        moments.append(Moment(score.mean, low, high, told, past.version))
        cells = [(past.version, ""), (number(score.mean, unit), "num"), (interval_text(score.interval, unit), "nowrap")]
        rows.append(row(started, *cells, (f"{score.n:,}", "num"), (past.report.run_id, "mono small")))
    headings = [("Started (UTC)", ""), ("Version", ""), ("Mean", "num"), ("95 % interval", ""), ("Cases", "num")]
    drawn = timeline(moments, _span(scores), title=f"{label} over time", unit=unit)
    listed = table([*headings, ("Run", "")], rows, label=f"{label} over time")
    return element("section", element("h2", score_name(scores[-1])), figure("", "", drawn, "wide"), listed)


def _points(history: Sequence[Past], label: str) -> list[tuple[Past, ScoreSummary]]:
    return [(past, score) for past in history for score in past.report.scores if score.label == label]


def _span(scores: Sequence[ScoreSummary]) -> tuple[float, float]:
    spans = [display_span(score) for score in scores]
    return min(low for low, _ in spans), max(high for _, high in spans)

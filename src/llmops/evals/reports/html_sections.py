"""The tables and pictures of the HTML report: gates, scores, distributions, segments, comparison, time."""

from collections.abc import Iterable, Sequence

from llmops.domain.report import Comparison, Conclusion, Report, ScoreSummary
from llmops.evals.observations import Observations
from llmops.evals.words import (
    MARKS,
    TONES,
    conclusion_text,
    difference_text,
    display_span,
    interval_text,
    missing_text,
    p_text,
    pass_text,
    score_name,
)
from llmops.measures.intervals import percentile
from llmops.presentation.charts import Dot, Mark, bars, forest, histogram, interval
from llmops.presentation.figures import count, number, percent, seconds
from llmops.presentation.html import Html, element, join

_CONCLUSIONS: dict[Conclusion, str] = {"better": "good", "worse": "bad", "equivalent": "quiet", "not yet known": "open"}
_CONCLUSION_MARKS: dict[Conclusion, str] = {"better": "▲", "worse": "▼", "equivalent": "=", "not yet known": "?"}


def table(headings: Sequence[tuple[str, str]], rows: Iterable[Html], *, label: str) -> Html:
    """A table of (heading, class) columns, which scrolls by itself where the page is narrow."""
    head = element("thead", element("tr", *(element("th", text, class_=kind, scope="col") for text, kind in headings)))
    body = element("tbody", *rows)
    return element(
        "div", element("table", head, body), class_="scroll", role="region", tabindex="0", aria_label=label
    )  # fmt: skip


def gates_table(report: Report) -> Html:
    """The gates with their outcomes and reasons."""
    rows = [
        element(
            "tr",
            element("td", element("span", MARKS[d.outcome], class_=f"badge {TONES[d.outcome]}")),
            element("th", d.gate, scope="row"),
            element("td", d.reason),
        )
        for d in report.decisions
    ]
    return table([("Outcome", ""), ("Gate", ""), ("Why", "")], rows, label="Gates")


def scores_table(report: Report) -> Html:
    """The scorers with their means and intervals, in figures and as pictures."""
    headings = [("Scorer", ""), ("Mean", "num"), ("95 % interval", ""), ("", ""), ("Cases", "num"), ("Missing", "num")]
    headings += [("Pass rate", "num"), ("Detectable", "num")]
    return table(headings, [_score_row(score) for score in report.scores], label="Scores")


def _score_row(score: ScoreSummary) -> Html:
    drawn = Html()
    if score.mean is not None:
        drawn = interval(_dot(score.label, score.mean, score), display_span(score), unit=score.unit)
    method = {"t": "Student's t"}.get(score.interval.method, score.interval.method) if score.interval else ""
    figures = [f"{score.n:,}", missing_text(score), pass_text(score), number(score.detectable, score.unit)]
    return element(
        "tr",
        element("th", score_name(score), scope="row"),
        element("td", element("strong", number(score.mean, score.unit)), class_="num"),
        element("td", drawn),
        element(
            "td",
            interval_text(score.interval, score.unit),
            element("div", method, class_="soft small") if method else "",
            class_="nowrap",
        ),
        *(element("td", text, class_="num") for text in figures),
    )


def distributions(report: Report, observed: Observations) -> Html:
    """A histogram for each scorer, of the means of the cases."""
    figures = []
    for score in report.scores:
        values = observed.scores(score.label).values
        if values:
            span = score.range or (min(0.0, *values), percentile(values, 99) or 1.0)
            told = f"{count(len(values), 'case')}, mean {number(score.mean, score.unit)}"
            marks = [] if score.mean is None else [Mark("mean", score.mean)]
            drawn = histogram(values, span, title=f"Distribution of {score.label}", unit=score.unit, marks=marks)
            figures.append(_figure(score_name(score), told, drawn))
    return element("div", *figures, class_="figures")


def segments(report: Report) -> Html:
    """Bars with intervals for each scorer and metadata key."""
    figures = []
    for score in report.scores:
        for key in dict.fromkeys(part.segment for part in score.segments):
            parts = [part for part in score.segments if part.segment == key]
            dots = [
                Dot(
                    part.value,
                    part.mean,
                    part.interval.low if part.interval else None,
                    part.interval.high if part.interval else None,
                    f"{number(part.mean, score.unit)} · n = {part.n:,}",
                )
                for part in parts
            ]
            ends = [end for dot in dots for end in (dot.mean, dot.high or 0.0)]
            span = score.range or (0.0, max(ends) or 1.0)
            title = f"{score.label} by {key}"
            drawn = bars(dots, span, title=title, unit=score.unit, reference=score.mean)
            figures.append(_figure(title, "", drawn))
    return element("div", *figures, class_="figures halves") if figures else Html()


def comparison(found: Comparison, scores: Sequence[ScoreSummary]) -> Html:
    """Differences to the baseline as a forest plot and a table."""
    units = {score.label: score.unit for score in scores}
    shares = [
        Dot(
            d.label,
            d.mean,
            d.interval.low if d.interval else None,
            d.interval.high if d.interval else None,
            f"{_CONCLUSION_MARKS[d.conclusion]} {d.conclusion}",
        )
        for d in found.differences
        if not units.get(d.label)
    ]
    rows = [
        element(
            "tr",
            element("th", d.label, scope="row"),
            element("td", difference_text(d, units.get(d.label, "")), class_="nowrap"),
            element("td", f"{d.wins:,} / {d.losses:,} / {d.ties:,}", class_="num"),
            element("td", p_text(d.p), class_="num"),
            element(
                "td", _badge(f"{_CONCLUSION_MARKS[d.conclusion]} {conclusion_text(d)}", _CONCLUSIONS[d.conclusion])
            ),
        )
        for d in found.differences
    ]
    headings = [("Scorer", ""), ("Candidate − baseline (95 % interval)", ""), ("Won / lost / tied", "num")]
    headings += [("p (Holm)", "num"), ("Conclusion", "")]
    plot = Html()
    if shares:
        drawn = forest(shares, title="Differences to the baseline, with 95 % intervals")
        plot = _figure("Difference to the baseline", "right of the line: higher than the baseline", drawn, "wide")
    notes = element("ul", *(element("li", note) for note in found.notes), class_="notes") if found.notes else Html()
    return join([plot, table(headings, rows, label="Comparison") if rows else Html(), notes])


def time_and_cost(report: Report, observed: Observations) -> Html:
    """How long answers took, and what they cost."""
    latencies = observed.latencies
    parts: list[Html] = []
    if latencies:
        marks = [Mark(name, report.latency[name]) for name in ("p50", "p95") if name in report.latency]
        top = percentile(latencies, 99) * 1.05 or 1.0
        drawn = histogram(latencies, (0.0, top), title="Latency of answers", unit="s", marks=marks, width=480)
        told = " · ".join(f"{name} {seconds(value)}" for name, value in report.latency.items())
        parts.append(_figure("Latency", told, drawn, "wide"))
    if report.cost is not None and report.cases:
        mean = report.cost / max(1, observed.results)
        parts.append(element("p", f"An answer cost {number(mean, '$')} on average, {number(report.cost, '$')} in all."))
    if observed.results and report.errors:
        parts.append(element("p", f"{percent(report.errors / observed.results)} of answers failed."))
    return join(parts)


def _dot(label: str, mean: float, score: ScoreSummary) -> Dot:
    if score.interval is None:
        return Dot(label, mean)
    return Dot(label, mean, score.interval.low, score.interval.high)


def _figure(title: str, told: str, drawn: Html, kind: str = "") -> Html:
    caption = element("figcaption", title, element("span", f" {told}", class_="soft small") if told else "")
    return element("figure", caption, drawn, class_=kind)


def _badge(text: str, tone: str) -> Html:
    return element("span", text, class_=f"badge {tone}")

"""The scorers with their means and intervals, in figures and as pictures."""

from llmops.domain.report import ScoreSummary
from llmops.evals.reports.sections.section import Material, Section
from llmops.evals.words import display_span, interval_text, method_text, missing_text, pass_text, score_name
from llmops.presentation.charts import Dot, interval
from llmops.presentation.figures import number
from llmops.presentation.html import Html, element, join
from llmops.presentation.pieces import table

LEGEND = (
    "The line is the scorer's range, the dot the mean, the band its 95 % interval; ↓ marks scorers of which lower is "
    "better. Missing scores count nowhere, in brackets is the mean if they were all the lowest or all the highest. "
    "Detectable is the smallest true difference that this many cases show in four of five tries."
)


def scores(material: Material) -> Section:
    """A table of the scorers."""
    headings = [("Scorer", ""), ("Mean", "num"), ("95 % interval", ""), ("", ""), ("Cases", "num"), ("Missing", "num")]
    headings += [("Pass rate", "num"), ("Detectable", "num")]
    listed = table(headings, [_row(score) for score in material.report.scores], label="Scores")
    return Section("scores", "Scores", join([listed, element("p", LEGEND, class_="soft small")]))


def _row(score: ScoreSummary) -> Html:
    drawn = Html()
    if score.mean is not None:
        drawn = interval(_dot(score.label, score.mean, score), display_span(score), unit=score.unit)
    method = method_text(score.interval) if score.interval else ""
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


def _dot(label: str, mean: float, score: ScoreSummary) -> Dot:
    if score.interval is None:
        return Dot(label, mean)
    return Dot(label, mean, score.interval.low, score.interval.high)

"""Differences to the baseline as a forest plot and a table."""

from llmops.domain.report import Comparison, Conclusion
from llmops.evals.reports.sections.section import Material, Section
from llmops.evals.words import conclusion_text, difference_text, p_text
from llmops.presentation.charts import Dot, forest
from llmops.presentation.html import Html, element, join
from llmops.presentation.pieces import badge, figure, notes, table

TONES: dict[Conclusion, str] = {"better": "good", "worse": "bad", "equivalent": "quiet", "not yet known": "open"}
MARKS: dict[Conclusion, str] = {"better": "▲", "worse": "▼", "equivalent": "=", "not yet known": "?"}


def comparison(material: Material) -> Section | None:
    """The comparison of the report, if it has one."""
    found = material.report.comparison
    return Section("comparison", f"Against {found.baseline}", differences(found, material.units)) if found else None


def differences(found: Comparison, units: dict[str, str]) -> Html:
    """A forest plot of the shares, a table of everything, and notes on what could not be compared."""
    shares = [
        Dot(
            d.label,
            d.mean,
            d.interval.low if d.interval else None,
            d.interval.high if d.interval else None,
            f"{MARKS[d.conclusion]} {d.conclusion}",
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
            element("td", badge(f"{MARKS[d.conclusion]} {conclusion_text(d)}", TONES[d.conclusion])),
        )
        for d in found.differences
    ]
    headings = [("Scorer", ""), ("Candidate − baseline (95 % interval)", ""), ("Won / lost / tied", "num")]
    headings += [("p (Holm)", "num"), ("Conclusion", "")]
    plot = Html()
    if shares:
        drawn = forest(shares, title="Differences to the baseline, with 95 % intervals")
        plot = figure("Difference to the baseline", "right of the line: higher than the baseline", drawn, "wide")
    return join([plot, table(headings, rows, label="Comparison") if rows else Html(), notes(found.notes)])

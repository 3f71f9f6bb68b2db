"""Writes a report as one page of HTML that needs nothing else: no network, safe to open whoever wrote the texts."""

from collections.abc import Callable, Sequence
from typing import Final, TextIO, TypeAlias

from llmops.domain.report import Report
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.sections.betting import betting
from llmops.evals.reports.sections.cases import cases
from llmops.evals.reports.sections.changes import changes
from llmops.evals.reports.sections.comparison import comparison
from llmops.evals.reports.sections.distributions import distributions
from llmops.evals.reports.sections.gates import gates
from llmops.evals.reports.sections.judges import judges
from llmops.evals.reports.sections.origin import notes, origin
from llmops.evals.reports.sections.repeats import repeats
from llmops.evals.reports.sections.scores import scores
from llmops.evals.reports.sections.section import Material, Section
from llmops.evals.reports.sections.segments import segments
from llmops.evals.reports.sections.spending import spending
from llmops.evals.words import MARKS, TONES, facts, verdict
from llmops.presentation import browser
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.diffs import STYLE as DIFF_STYLE
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.style import STYLE

Drawn: TypeAlias = Callable[[Material], Section | None]

SECTIONS: Final[tuple[Drawn, ...]] = (
    gates, betting, scores, judges, comparison, changes, distributions, repeats, segments, cases, spending, notes, origin,
)  # fmt: skip
"""The sections in the order of the page. A new one is a module in `sections/` and a name here."""


def write_html(dossier: Dossier, stream: TextIO) -> None:
    """Write the page. Results are streamed; only numbers and the cases shown are kept."""
    report = dossier.report
    material = Material.of(dossier)
    parts = [part for draw in SECTIONS if (part := draw(material)) is not None]
    body = join(
        [
            _header(report),
            _navigation(parts),
            element("main", *map(_section, parts)),
            element("footer", f"Written by llmops for run {report.run_id}."),
        ]
    )
    sheet = STYLE + CHART_STYLE + DIFF_STYLE + browser.style()
    stream.write(page(f"{report.suite}: {report.outcome}", body, style=sheet, script=browser.script()))


def _navigation(parts: Sequence[Section]) -> Html:
    return element("nav", *(element("a", part.title, href=f"#{part.anchor}") for part in parts), aria_label="Sections")


def _header(report: Report) -> Html:
    tone = TONES[report.outcome] if report.decisions else "quiet"
    mark = MARKS[report.outcome].split()[0] if report.decisions else "–"
    started = report.started_at.strftime("%Y-%m-%d %H:%M %Z").strip()
    tiles = (element("div", element("dt", name), element("dd", value)) for name, value in facts(report))
    return element(
        "header",
        element("p", "Evaluation report", class_="eyebrow"),
        element("h1", report.suite),
        element("p", f"{report.target} · {started}" + ("" if report.complete else " · incomplete"), class_="soft"),
        element(
            "div",
            element("span", mark, class_="mark", aria_hidden="true"),
            element("span", verdict(report)),
            class_=f"verdict {tone}",
        ),
        element("dl", *tiles, class_="tiles"),
    )


def _section(part: Section) -> Html:
    heading = element("h2", part.title, id=f"{part.anchor}-title")
    return element(
        "section",
        heading,
        part.body,
        id=part.anchor,
        class_="wide" if part.wide else None,
        aria_labelledby=f"{part.anchor}-title",
    )

"""The part of the page about repeats: where the spread comes from, how often k answers pass, and which cases waver."""

from collections.abc import Sequence

from llmops.evals.reports.repeats import (
    FLAKY_COLUMNS,
    PASS_COLUMNS,
    VARIANCE_COLUMNS,
    flaky_rows,
    flaky_text,
    pass_rows,
    variance_rows,
)
from llmops.evals.reports.sections.section import Material, Section
from llmops.presentation.html import Html, element, join
from llmops.presentation.pieces import row, table


def repeats(material: Material) -> Section | None:
    """Tables of what was asked or judged more than once."""
    report = material.report
    parts = [
        _titled(
            "Where the spread of the mean comes from",
            "Shares of its variance, and the number of cases that would give an interval of the stated half-width when each "
            "case is asked so many times.",
            _table(VARIANCE_COLUMNS, variance_rows(report), "Components of variance"),
        ),
        _titled(
            "How often k answers pass",
            "Estimated without bias from the answers there are.",
            _table(PASS_COLUMNS, pass_rows(report), "pass@k and pass^k"),
        ),
        _titled(
            "Cases that waver",
            flaky_text(report),
            _table(FLAKY_COLUMNS, flaky_rows(report), "Cases whose answers disagree"),
        ),
    ]
    body = join(part for part in parts if part)
    return Section("repeats", "Repeats", body) if body else None


def _titled(title: str, told: str, body: Html) -> Html:
    return join([element("h3", title), element("p", told, class_="soft small"), body]) if body else Html()


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], label: str) -> Html:
    if not rows:
        return Html()
    drawn = [row(cells[0], *((text, "") for text in cells[1:])) for cells in rows]
    return table([(name, "") for name in columns], drawn, label=label)

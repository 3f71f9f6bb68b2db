"""Judges against people."""

from llmops.evals.reports.judges import JUDGE_COLUMNS, confusion_rows, judge_rows, people_text
from llmops.evals.reports.sections.section import Material, Section
from llmops.presentation.html import Html, element, join
from llmops.presentation.pieces import row, table


def judges(material: Material) -> Section | None:
    """Agreement, corrected means and confusion of each scorer that people checked; a sentence where nobody did."""
    report = material.report
    told = people_text(report)
    if not told:
        return None
    parts: list[Html] = [element("p", told, class_="soft")]
    if report.calibrations:
        rows = [row(name, *((text, "") for text in cells)) for name, *cells in judge_rows(report)]
        parts.append(table([(name, "") for name in JUDGE_COLUMNS], rows, label="Judges against people"))
    for found in report.calibrations:
        headings = [("", ""), *((f"judge: {name}", "num") for name in found.categories)]
        cells = [row(name, *((text, "num") for text in counts)) for name, *counts in confusion_rows(found)]
        parts += [
            element("h3", f"{found.scorer}: who said what"),
            table(headings, cells, label=f"Confusion of {found.scorer}"),
        ]
    return Section("judges", "Judges and people", join(parts))

"""The gates with their outcomes and reasons."""

from llmops.evals.reports.sections.section import Material, Section
from llmops.evals.words import MARKS, TONES
from llmops.presentation.html import element
from llmops.presentation.pieces import badge, table


def gates(material: Material) -> Section | None:
    """A table of the gates."""
    decisions = material.report.decisions
    if not decisions:
        return None
    rows = [
        element(
            "tr",
            element("td", badge(MARKS[d.outcome], TONES[d.outcome])),
            element("th", d.gate, scope="row"),
            element("td", d.reason),
        )
        for d in decisions
    ]
    return Section("gates", "Gates", table([("Outcome", ""), ("Gate", ""), ("Why", "")], rows, label="Gates"))

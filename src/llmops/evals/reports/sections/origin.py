"""What else there is to say about a run, and what it was made with."""

from llmops.evals.reports.sections.section import Material, Section
from llmops.presentation.html import element, join
from llmops.presentation.pieces import notes as listed


def notes(material: Material) -> Section | None:
    """The notes of the report."""
    return Section("notes", "Notes", listed(material.report.notes)) if material.report.notes else None


def origin(material: Material) -> Section:
    """The digests of everything the run was made with, and the command that makes it again."""
    report, command = material.report, material.dossier.command
    rows = [("run", report.run_id), *sorted(report.refs.items())]
    pairs = (join([element("dt", name), element("dd", value, class_="mono")]) for name, value in rows)
    parts = [element("dl", *pairs, class_="pairs")]
    if command:
        parts += [element("p", "To do it again:"), element("pre", command)]
    return Section("origin", "How this came about", join(parts))

"""What changed between the two versions that are compared: prompt, RAG configuration, parameters."""

from llmops.evals.reports.sections.section import Material, Section
from llmops.presentation.diffs import side_by_side
from llmops.presentation.html import element, join


def changes(material: Material) -> Section | None:
    """The differences, an artifact after the other."""
    found = material.dossier.changes
    if not found:
        return None
    parts = [join([element("h3", f"{one.before} → {one.after}"), side_by_side(one)]) for one in found]
    return Section("changes", "What changed", join(parts))

"""What changed, on the page."""

from dataclasses import replace

from llmops.evals.reports.sections.changes import changes
from llmops.evals.reports.sections.section import Material
from llmops.presentation.diffs import ContentChange, FieldChange
from tests.support.eval_runs import binary, dossier


def test_each_artifact_is_shown_side_by_side() -> None:
    found = (
        ContentChange("prompt/answer@1", "prompt/answer@2", (FieldChange("body", "Be brief.", "Be kind."),)),
        ContentChange("rag sha256:ab", "rag none", note="never registered"),
    )
    section = changes(Material.of(replace(dossier(binary(3, 1)), changes=found)))
    assert section is not None
    assert "<h3>prompt/answer@1 → prompt/answer@2</h3>" in section.body
    assert "<del>brief</del>" in section.body
    assert "never registered" in section.body


def test_without_changes_there_is_no_section() -> None:
    assert changes(Material.of(dossier(binary(3, 1)))) is None

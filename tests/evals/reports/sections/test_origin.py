"""Notes and origin on the page."""

from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.sections.origin import notes, origin
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import binary, dossier, report


def test_the_digests_and_the_command_are_told() -> None:
    rows = binary(20, 0)
    found = Dossier(report(rows, refs={"app": "sha256:ab"}), lambda: iter(rows), None, "llmops eval docs")
    body = origin(Material.of(found)).body
    assert "sha256:ab" in body
    assert "<pre>llmops eval docs</pre>" in body


def test_notes_are_listed_where_there_are_any() -> None:
    assert notes(Material.of(dossier(binary(20, 0)))) is None
    few = notes(Material.of(dossier(binary(3, 0))))
    assert few is not None
    assert "Fewer than 10 clusters" in few.body

"""Gates on the page."""

from llmops.domain.report import Decision
from llmops.evals.reports.sections.gates import gates
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import binary, dossier, report


def test_gates_say_their_outcome_in_words() -> None:
    decisions = (Decision(gate="contains ≥ 0.9", outcome="fail", reason="0.5 & less"),)
    found = report(binary(1, 1)).model_copy(update={"decisions": decisions})
    section = gates(Material.of(dossier(binary(1, 1), report=found)))
    assert section is not None
    assert '<span class="badge bad">✗ fail</span>' in section.body
    assert "0.5 &amp; less" in section.body


def test_without_gates_there_is_no_section() -> None:
    assert gates(Material.of(dossier(binary(1, 1)))) is None

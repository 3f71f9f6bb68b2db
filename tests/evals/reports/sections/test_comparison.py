"""The comparison on the page."""

from llmops.evals.compare import compare_runs
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.sections.comparison import comparison
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import baseline, binary, dossier, loaded, observed, report


def test_a_comparison_has_a_forest_a_table_and_notes() -> None:
    after, before = binary(50, 10), binary(30, 30)
    found = compare_runs(observed(after), baseline(before), [loaded(), loaded("other")])
    updated = report(after).model_copy(update={"comparison": found})
    section = comparison(Material.of(Dossier(updated, lambda: iter(after), lambda: iter(before))))
    assert section is not None
    assert section.title == "Against production"
    assert "Differences to the baseline, with 95 % intervals" in section.body
    assert "▲ better" in section.body
    assert "20 / 0 / 40" in section.body
    assert "other: not compared" in section.body


def test_without_a_baseline_there_is_no_section() -> None:
    assert comparison(Material.of(dossier(binary(3, 0)))) is None

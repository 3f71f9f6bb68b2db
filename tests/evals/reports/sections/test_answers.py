"""The answers that a person should see first."""

from llmops.evals.compare import compare_runs
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.sections.answers import changes, worst
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import baseline, binary, dossier, loaded, observed, report, result


def test_the_worst_are_counted_and_shown() -> None:
    body = worst(Material.of(dossier([result(f"c{i:04}", 0.0) for i in range(500)]))).body
    assert body.count("<details") == 50
    assert "50 answers of 500, worst first" in body


def test_a_run_that_went_well_says_so() -> None:
    assert "No answer failed, fell short" in worst(Material.of(dossier(binary(20, 0)))).body


def test_changed_cases_show_both_answers() -> None:
    after = [result(f"c{i:02}", float(i % 4 > 0)) for i in range(40)]
    before = [result(f"c{i:02}", float(i % 3 > 0), output="as it was") for i in range(40)]
    comparison = compare_runs(observed(after), baseline(before), [loaded()])
    found = report(after).model_copy(update={"comparison": comparison})
    section = changes(Material.of(Dossier(found, lambda: iter(after), lambda: iter(before))))
    assert section is not None
    assert "as it was" in section.body
    assert "cases changed, the greatest losses first" in section.body
    assert changes(Material.of(dossier(after))) is None

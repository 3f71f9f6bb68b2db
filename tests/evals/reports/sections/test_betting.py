"""The section on bets: only where a run was to stop when decided, with a picture of every bet."""

from llmops.evals.reports.sections.betting import betting as section
from llmops.evals.reports.sections.section import Material
from tests.support.bets import betting
from tests.support.eval_runs import dossier, report, result


def test_a_run_of_all_cases_has_no_bets() -> None:
    assert section(Material.of(dossier([result("a", 1.0)]))) is None


def test_each_bet_has_its_picture_and_its_end() -> None:
    results = [result("a", 1.0)]
    found = report(results).model_copy(update={"betting": betting(left=("cost per case ≤ $1.00",))})
    made = section(Material.of(dossier(results, report=found)))
    assert made is not None
    assert made.title == "Until decided"
    assert made.body.count("<svg") == 1
    assert "Decided after 3 of 300 cases" in made.body
    assert "pass after 3: 25.0 of 20 for it, &lt; 0.01 of 40 against it" in made.body
    assert "Left to the full run: cost per case ≤ $1.00." in made.body
    assert "seed 7" in made.body

"""What sections are made of."""

from collections.abc import Iterator

from llmops.domain.evaluation import CaseResult
from llmops.evals.compare import compare_runs
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import baseline, binary, dossier, loaded, observed, report


def test_the_results_are_read_once() -> None:
    opened: list[int] = []
    rows = binary(3, 2)

    def results() -> Iterator[CaseResult]:
        opened.append(1)
        return iter(rows)

    found = Material.of(Dossier(report(rows), results))
    assert found.observed.results == 5
    assert [result.case_id for result in found.worst] == ["c00003", "c00004"]
    assert opened == [1]


def test_only_shared_scorers_with_a_range_are_compared_case_by_case() -> None:
    rows = binary(3, 2)
    slow = loaded("latency", span=None, unit="s")
    comparison = compare_runs(observed(rows), baseline(rows, loaded()), [loaded(), slow])
    updated = report(rows, loaded(), slow).model_copy(update={"comparison": comparison})
    found = Material.of(Dossier(updated, lambda: iter(rows), lambda: iter(rows)))
    assert [score.label for score in found.compared] == ["contains"]
    assert found.units == {"contains": "", "latency": "s"}
    assert found.before is not None
    assert found.before.cases == 5


def test_without_a_baseline_nothing_is_compared() -> None:
    found = Material.of(dossier(binary(3, 2)))
    assert found.before is None
    assert found.compared == []

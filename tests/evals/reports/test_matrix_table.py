"""The overview of several targets."""

import io

from llmops.domain.matrix import Cell, Matrix
from llmops.domain.report import Decision
from llmops.evals.compare import compare_family
from llmops.evals.pairs import Baseline
from llmops.evals.reports.matrix_table import (
    gates_text,
    labels_of,
    legend,
    print_matrix,
    score_of,
    score_text,
    verdict_of,
)
from tests.support.eval_runs import baseline, binary, loaded, observed, report


def matrix(*, error: bool = False) -> Matrix:
    """Two or three cells; the second one is better than the first."""
    first, second = binary(10, 30), binary(40, 0)
    base: Baseline = baseline(first, name="app/docs@1")
    (comparison,) = compare_family([(observed(second), base)], [loaded()])
    decision = Decision(gate="contains ≥ 0.5", outcome="pass", reason="because")
    cells = [
        Cell(target="app/docs@1", report=report(first, run_id="run-1", target="app/docs@1")),
        Cell(
            target="app/docs@2",
            report=report(second, run_id="run-2", target="app/docs@2").model_copy(update={"decisions": (decision,)}),
            comparison=comparison,
        ),
    ]
    if error:
        cells.append(Cell(target="app/docs@3", error="the model was not reached"))
    return Matrix(suite="docs", cells=tuple(cells), baseline="app/docs@1", family=1)


def test_a_cell_says_mean_interval_and_difference() -> None:
    found = matrix()
    assert labels_of(found) == ["contains"]
    assert score_text(*score_of(found.cells[0], "contains")).startswith("0.250 (")
    assert score_text(*score_of(found.cells[1], "contains")).endswith("▲ +0.750")
    assert score_text(*score_of(found.cells[1], "other")) == "–"
    assert [gates_text(cell) for cell in found.cells] == ["no gates", "✓ pass (1 gate)"]


def test_the_overview_says_what_is_corrected_for() -> None:
    stream = io.StringIO()
    print_matrix(matrix(error=True), file=stream)
    text = stream.getvalue()
    assert "docs on 3 targets" in text
    assert "Against app/docs@1, case by case: ▲ better" in text
    assert "Holm's correction is over all 1 difference of the table" in text
    assert "app/docs@3: the model was not reached" in text
    assert text.endswith("UNKNOWN: of 3 cells 2 passed, 1 without a report\n")
    assert "run-2" in text


def test_without_a_comparison_there_is_nothing_to_correct() -> None:
    alone = matrix().model_copy(update={"family": 0})
    assert legend(alone) == []
    assert verdict_of(alone) == "PASS: of 2 cells 2 passed"

"""A matrix decides by all of its cells."""

import pytest

from llmops.domain.matrix import Cell, Matrix
from llmops.domain.report import Decision, Outcome
from tests.support.eval_runs import binary, report


def cell(outcome: Outcome | None) -> Cell:
    if outcome is None:
        return Cell(target="gone", error="was not reached")
    decided = report(binary(3, 1)).model_copy(
        update={"decisions": (Decision(gate="g", outcome=outcome, reason="because"),)}
    )
    return Cell(target=outcome, report=decided)


@pytest.mark.parametrize(
    ("outcomes", "outcome"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "unknown"], "unknown"),
        (["unknown", "fail", "pass"], "fail"),
        (["pass", None], "unknown"),
    ],
)
def test_one_cell_that_fails_makes_it_fail(outcomes: list[Outcome | None], outcome: Outcome) -> None:
    matrix = Matrix(suite="docs", cells=tuple(map(cell, outcomes)))
    assert matrix.outcome == outcome
    assert matrix.failed == (None in outcomes)

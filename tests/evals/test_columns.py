"""What one scorer gave."""

import pytest

from llmops.domain.evaluation import Score
from llmops.evals.columns import MOST_REASONS, ScoreColumn


def test_outcomes_and_verdicts_are_kept_as_numbers() -> None:
    column = ScoreColumn()
    column.add(0, Score(value=1.0, passed=True))
    column.add(0, Score(value=0.5, draws=(0.4, 0.6)))
    column.add(1, Score(value=0.0, passed=False, draws=(0.0, 0.0, 0.0)))
    column.add(1, Score.missing("no"))
    assert column.outcomes.tolist() == [1, -1, 0]
    assert column.draw_variances.tolist() == pytest.approx([0.02, 0.0])
    assert column.per_draw.tolist() == pytest.approx([1 / 2, 1 / 3])
    assert (column.missing, column.missing_share, column.judged, column.passed) == (1, 0.25, 2, 1)


def test_reasons_do_not_grow_without_end() -> None:
    column = ScoreColumn()
    for i in range(1000):
        column.add(i, Score.missing(f"reason {i}"))
    assert len(column.reasons) == MOST_REASONS
    assert column.main_reason == "reason 0"

"""Scores on the page."""

from llmops.evals.reports.sections.scores import scores
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import binary, dossier, result


def test_scores_have_figures_and_a_picture() -> None:
    text = scores(Material.of(dossier([*binary(45, 15), result("m", None)]))).body
    assert "<strong>0.750</strong>" in text
    assert "0.628 to 0.842" in text
    assert 'aria-label="contains: 0.750, 95 % interval 0.628 to 0.842. on a range of 0 to 1"' in text
    assert "1 (0.738–0.754)" in text


def test_a_scorer_without_scores_has_no_picture() -> None:
    assert "<svg" not in scores(Material.of(dossier([result("a", None)]))).body

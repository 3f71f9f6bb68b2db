"""Distributions on the page."""

from llmops.domain.evaluation import Score
from llmops.evals.reports.sections.distributions import distributions
from llmops.evals.reports.sections.section import Material
from tests.support.eval_runs import dossier, loaded, result


def test_scores_are_drawn() -> None:
    rows = [result(f"c{i}", Score(value=i / 20)) for i in range(20)]
    section = distributions(Material.of(dossier(rows)))
    assert section is not None
    assert "Distribution of contains" in section.body


def test_seconds_are_drawn_from_zero() -> None:
    slow = loaded(span=None, direction="lower", unit="s")
    section = distributions(Material.of(dossier([result(f"c{i}", Score(value=1.0 + i)) for i in range(20)], slow)))
    assert section is not None
    assert "0 s" in section.body


def test_a_scorer_without_scores_has_no_picture() -> None:
    assert distributions(Material.of(dossier([result("a", None)]))) is None

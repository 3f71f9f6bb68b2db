"""Time and cost on the page."""

from llmops.evals.reports.sections.section import Material
from llmops.evals.reports.sections.spending import spending
from tests.support.eval_runs import binary, dossier, result


def test_time_and_cost() -> None:
    section = spending(Material.of(dossier([*binary(10, 0), result("e", error="x")])))
    assert section is not None
    assert "p50 250 ms · p95 250 ms · p99 250 ms" in section.body
    assert "$0.01 in all" in section.body
    assert "9.1 % of answers failed." in section.body


def test_nothing_done_took_nothing() -> None:
    assert spending(Material.of(dossier([]))) is None

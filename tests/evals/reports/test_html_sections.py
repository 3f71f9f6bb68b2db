"""Tables and pictures of the HTML report."""

from llmops.domain.evaluation import Score
from llmops.domain.report import Decision
from llmops.evals.compare import compare_runs
from llmops.evals.reports import html_sections as sections
from tests.support.eval_runs import baseline, binary, loaded, observed, report, result


def test_gates_say_their_outcome_in_words() -> None:
    decisions = (Decision(gate="contains ≥ 0.9", outcome="fail", reason="0.5 & less"),)
    text = sections.gates_table(report(binary(1, 1)).model_copy(update={"decisions": decisions}))
    assert '<span class="badge bad">✗ fail</span>' in text
    assert "0.5 &amp; less" in text


def test_scores_have_figures_and_a_picture() -> None:
    text = sections.scores_table(report([*binary(45, 15), result("m", None)]))
    assert "<strong>0.750</strong>" in text
    assert "0.628 to 0.842" in text
    assert 'aria-label="contains: 0.750, 95 % interval 0.628 to 0.842. on a range of 0 to 1"' in text
    assert "1 (0.738–0.754)" in text


def test_a_scorer_without_scores_has_no_picture() -> None:
    rows = [result("a", None)]
    assert "<svg" not in sections.scores_table(report(rows))
    assert "<svg" not in sections.distributions(report(rows), observed(rows))


def test_distributions_and_segments_are_drawn() -> None:
    rows = [result(f"c{i}", Score(value=i / 20), metadata={"topic": "ab"[i % 2]}) for i in range(20)]
    assert "Distribution of contains" in sections.distributions(report(rows), observed(rows))
    text = sections.segments(report(rows))
    assert "contains by metadata.topic" in text
    assert "0.450 · n = 10" in text
    assert sections.segments(report(binary(3, 0))) == ""


def test_seconds_are_drawn_from_zero() -> None:
    slow = loaded(span=None, direction="lower", unit="s")
    rows = [result(f"c{i}", Score(value=1.0 + i), metadata={"topic": "ab"[i % 2]}) for i in range(20)]
    assert "0 s" in sections.distributions(report(rows, slow), observed(rows))
    assert "contains by metadata.topic" in sections.segments(report(rows, slow))


def test_a_comparison_has_a_forest_a_table_and_notes() -> None:
    after, before = binary(50, 10), binary(30, 30)
    found = compare_runs(observed(after), baseline(before), [loaded(), loaded("other")])
    text = sections.comparison(found, report(after).scores)
    assert "Differences to the baseline, with 95 % intervals" in text
    assert "▲ better" in text
    assert "20 / 0 / 40" in text
    assert "other: not compared" in text


def test_time_and_cost() -> None:
    rows = [*binary(10, 0), result("e", error="x")]
    text = sections.time_and_cost(report(rows), observed(rows))
    assert "p50 250 ms · p95 250 ms · p99 250 ms" in text
    assert "$0.01 in all" in text
    assert "9.1 % of answers failed." in text
    assert sections.time_and_cost(report([]), observed([])) == ""

"""A judge against people."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.domain.evaluation import Score
from llmops.evals.calibration import Output, calibrate, evidence_for, first_outputs, judge_of, order_outputs, sampled
from tests.support.eval_runs import result
from tests.support.labelled import evidence, judged_results, label


def test_the_order_of_drawing_follows_from_the_run_alone() -> None:
    outputs = [Output(f"c{i}", 0, f"c{i}") for i in range(100)]
    ordered = order_outputs("run-1", outputs)
    assert ordered == order_outputs("run-1", reversed(outputs))
    assert ordered != order_outputs("run-2", outputs)
    assert first_outputs(ordered, 10) == first_outputs(ordered, 30)[:10]


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_clusters_are_drawn_whole(clusters: int, each: int, size: int) -> None:
    outputs = [Output(f"c{k}-{i}", 0, f"k{k}") for k in range(clusters) for i in range(each)]
    drawn = first_outputs(order_outputs("run-1", outputs), size)
    assert len(drawn) % each == 0
    assert min(size, len(outputs)) <= len(drawn) < size + each


def test_an_output_is_drawn_as_often_as_any_other() -> None:
    outputs, hits = [Output(f"c{i}", 0, f"c{i}") for i in range(20)], 0
    for run in range(2000):
        hits += outputs[3] in first_outputs(order_outputs(f"run-{run}", outputs), 5)
    assert hits / 2000 == pytest.approx(0.25, abs=0.035)


def test_without_labels_nothing_is_measured() -> None:
    assert calibrate(evidence(judged_results(20, 0.8), 5, [])) is None


def test_a_lenient_judge_is_found_out_and_corrected() -> None:
    results = judged_results(600, 0.7)
    found = calibrate(evidence(results, 150))
    assert found is not None
    assert (found.labels, found.outputs, found.drawn, found.sampled) == (150, 600, 150, 150)
    assert (found.categories, found.weights) == (("0", "1"), "none")
    assert found.confusion[1][0] == 0  # it never refuses what is good
    assert found.judged_mean == pytest.approx(0.79, abs=0.03)
    assert found.corrected_interval is not None
    assert found.corrected_interval[0] <= 0.7 <= found.corrected_interval[1]
    assert found.rogan_gladen == pytest.approx(found.corrected, abs=0.05)
    assert found.kappa_interval is not None
    assert found.kappa_interval[0] > 0.5


def test_labels_outside_the_sample_are_shown_and_correct_nothing() -> None:
    results = judged_results(100, 0.7)
    outside = evidence(results, 0, [label(one) for one in results[:40]])
    found = calibrate(outside)
    assert found is not None
    assert (found.labels, found.drawn, found.corrected) == (40, 0, None)
    assert found.kappa is not None


def test_labels_of_another_definition_of_the_scorer_do_not_count() -> None:
    results = judged_results(100, 0.7)
    old = evidence(results, 20, [label(one, identity="sha256:0") for one in results])
    assert calibrate(old) is None


def test_several_people_are_averaged() -> None:
    results = judged_results(10, 0.7)
    found = evidence(results, 10, [label(results[0], 1.0, who="ada"), label(results[0], 0.0, who="eve")])
    assert found.said == {("c0000", 0): 0.5}


def test_stars_are_ordered_categories() -> None:
    rows = [result(f"c{i}", Score(value=1.0 + i % 5)) for i in range(60)]
    labels = [label(one, 1.0 + (i + i // 20) % 5) for i, one in enumerate(rows)]
    found = calibrate(evidence(rows, 60, labels, span=(1.0, 5.0)))
    assert found is not None
    assert (found.categories, found.weights) == (("1", "2", "3", "4", "5"), "quadratic")
    assert found.rogan_gladen is None


def test_fine_scores_are_put_into_bins() -> None:
    rows = [result(f"c{i}", Score(value=i / 60)) for i in range(60)]
    found = calibrate(evidence(rows, 60, [label(one, i / 60) for i, one in enumerate(rows)]))
    assert found is not None
    assert found.categories == ("0–0.2", "0.2–0.4", "0.4–0.6", "0.6–0.8", "0.8–1")
    assert found.kappa == 1.0


def test_a_judge_that_likes_long_answers_is_biased_by_length() -> None:
    rows = [result(f"c{i}", Score(value=min(1.0, i / 50)), output="x" * i) for i in range(1, 61)]
    found = calibrate(evidence(rows, 60, [label(one, 0.5) for one in rows]))
    assert found is not None
    assert found.length_bias is not None
    assert found.length_bias > 0.9
    assert found.score_by_length is not None
    assert found.score_by_length > 0.9


def test_flips_of_a_pairwise_judge_are_counted() -> None:
    rows = [result(f"c{i}", Score(value=1.0, details={"flip_rate": float(i < 3)})) for i in range(12)]
    found = calibrate(evidence(rows, 12, [label(one, float(i % 2)) for i, one in enumerate(rows)]))
    assert found is not None
    assert found.flips == 0.25
    assert found.flips_interval is not None
    assert found.flips_interval[1] > 0.4


def test_what_is_not_labelled_or_judged_enters_bets_as_the_worst() -> None:
    rows = [*judged_results(50, 1.0), result("m", Score.missing("unreadable"))]
    found = evidence(rows, 51, [label(one) for one in rows[:48]])
    bets = sampled(found, found.said, 0.0)
    assert (len(bets.people), sum(bets.people), sum(bets.judge)) == (51, 48.0, 50.0)
    plain = sampled(found, found.said)
    assert (len(plain.people), sum(plain.people)) == (48, 48.0)


def test_bets_hold_whatever_the_scale() -> None:
    rows = judged_results(300, 0.9)
    stars = [
        one.model_copy(update={"scores": {"contains": Score(value=1 + 4 * (one.scores["contains"].value or 0.0))}})
        for one in rows
    ]
    one = evidence_for(evidence(rows, 100), 0.7, 0.0, above=True)
    labels = [label(row, 1 + 4 * float((row.output or "").startswith("good"))) for row in stars]
    other = evidence_for(evidence(stars, 100, labels, span=(1.0, 5.0)), 3.8, 1.0, above=True)
    assert one == pytest.approx(other)
    assert one > math.log(20)


def test_failed_and_not_applicable_answers_are_not_judged() -> None:
    assert judge_of(result("a", error="boom"), "contains") is None
    assert judge_of(result("a", Score.not_applicable("no")), "contains") is None
    assert judge_of(result("a", 1.0), "other") is None

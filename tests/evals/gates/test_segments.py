"""Gates on segments: how far one may lie from the rest."""

import random

import pytest

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.report import Decision
from llmops.domain.suite import GateSpec
from llmops.evals.gates.decide import decide
from tests.support.eval_runs import loaded, observed, result

GATE = GateSpec(scorer="contains", segment="metadata.lang", max_gap=0.1)


def rows(**segments: tuple[int, int]) -> list[CaseResult]:
    """For each language so many cases that pass and so many that fail."""
    return [
        result(f"{lang}-{i:04}", float(i < passes), metadata={"lang": lang})
        for lang, (passes, failures) in segments.items()
        for i in range(passes + failures)
    ]


def decided(found: list[CaseResult], gate: GateSpec = GATE, **scorer: object) -> Decision:
    return decide([gate], observed(found), [loaded(**scorer)])[0]  # type: ignore[arg-type]


def test_like_segments_pass_with_the_bound_of_the_largest_difference() -> None:
    found = decided(rows(de=(270, 30), en=(546, 54), fr=(180, 20)))
    assert (found.gate, found.outcome) == ("contains by metadata.lang: gap ≤ 0.1", "pass")
    assert found.bound == pytest.approx(0.0498, abs=1e-3)
    assert found.reason == (
        "the largest difference is +0.010 (metadata.lang en, 600 of 1,100 cases); every segment lies within 0.1 of the rest "
        "with 95 % confidence (Miettinen-Nurminen, bound 0.050)"
    )


def test_one_segment_far_below_the_rest_fails() -> None:
    found = decided(rows(de=(40, 60), en=(270, 30), fr=(180, 20)))
    assert found.outcome == "fail"
    assert found.reason.startswith("the largest difference is −0.500 (metadata.lang de, 100 of 600 cases); that every")
    assert found.value == pytest.approx(-0.5)


def test_too_few_cases_are_unknown_and_say_how_many_more() -> None:
    found = decided(rows(de=(27, 3), en=(54, 6)))
    assert found.outcome == "unknown"
    assert found.required_n is not None
    assert found.reason.endswith(
        f"if segments do not differ, about {found.required_n} cases would, {found.required_n - 90} more"
    )
    enough = found.required_n // 3
    share = enough // 10
    assert decided(rows(de=(enough - share, share), en=(2 * (enough - share), 2 * share))).outcome == "pass"


def test_small_segments_are_left_out_and_named() -> None:
    found = decided(rows(de=(270, 30), en=(540, 60), fi=(1, 9), sv=(2, 1)))
    assert found.outcome == "pass"
    assert found.reason.endswith("left out with fewer than 20 cases: fi (10), sv (3)")


def test_without_two_large_sides_nothing_is_decided() -> None:
    small = decided(rows(de=(9, 1), en=(10, 5)))
    assert (small.outcome, small.required_n) == ("unknown", 40)
    assert small.reason == (
        "no segment of metadata.lang has 20 cases and as many beside it: de (10), en (15); 15 more are needed"
    )
    assert (
        decided(rows(de=(90, 10))).reason
        == "all cases have the same metadata.lang, de (100): there is nothing to compare"
    )
    assert decided([result("a", 1.0)]).reason == "no case has metadata.lang; write it into the metadata of the cases"


def test_a_key_with_a_value_for_each_case_is_no_segment() -> None:
    found = decided([result(f"c{i}", 1.0, metadata={"lang": i}) for i in range(60)])
    assert found.reason == "metadata.lang has more than 50 values, which are no segments"


def test_missing_answers_of_one_segment_are_a_gap() -> None:
    full = rows(de=(150, 0), en=(850, 0))
    missing = [r if i % 10 or i > 149 else result(r.case_id, None, metadata=r.metadata) for i, r in enumerate(full)]
    found = decided(missing)
    assert found.outcome == "unknown"
    assert found.value == pytest.approx(-0.1)


def test_graded_and_clustered_scores_are_bet_on() -> None:
    draw = random.Random(3)
    graded = [
        result(
            f"c{i:04}",
            Score(value=0.6 + 0.2 * draw.random()),
            metadata={"lang": "de" if i % 3 else "en"},
            cluster=f"k{i // 2}",
        )
        for i in range(1200)
    ]
    found = decided(graded)
    assert (found.outcome, found.bound) == ("pass", None)
    assert "(betting)" in found.reason


def test_the_risk_of_failing_is_shared_among_segments() -> None:
    """Ten like segments fail in at most 5 % of runs, though each could."""
    draw, failed = random.Random(4), 0
    for _ in range(150):
        hits = [sum(draw.random() < 0.8 for _ in range(30)) for _ in range(10)]
        found = decided(
            rows(**{f"s{i}": (k, 30 - k) for i, k in enumerate(hits)}), GATE.model_copy(update={"max_gap": 0.01})
        )
        failed += found.outcome == "fail"
    assert failed / 150 <= 0.05 + 0.03

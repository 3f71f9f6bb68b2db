"""Segments in the model of the report and in words."""

import pytest

from llmops.domain.evaluation import CaseResult
from llmops.domain.report import SegmentSummary
from llmops.evals.reports.segments import gap_text, segment_rows
from llmops.measures.groups import Grouped, compare_groups
from tests.support.eval_runs import report, result


def rows(**segments: tuple[int, int]) -> list[CaseResult]:
    return [
        result(f"{topic}-{i:04}", float(i < passes), metadata={"topic": topic})
        for topic, (passes, failures) in segments.items()
        for i in range(passes + failures)
    ]


def segments(found: list[CaseResult]) -> dict[str, SegmentSummary]:
    return {part.value: part for part in report(found).scores[0].segments}


def test_a_segment_is_compared_with_the_rest() -> None:
    found = segments(rows(a=(10, 15), b=(24, 6), c=(40, 10)))["a"]
    assert found.gap is not None
    assert (found.n, found.gap.rest) == (25, 80)
    assert found.gap.difference == pytest.approx(0.4 - 0.8)
    expected = compare_groups(Grouped([1.0] * 10 + [0.0] * 15 + [1.0] * 64 + [0.0] * 16, [True] * 25 + [False] * 80))
    assert found.gap.interval is not None
    assert (found.gap.interval.low, found.gap.interval.method) == (expected.low, "Miettinen-Nurminen")


def test_p_is_adjusted_for_the_number_of_segments() -> None:
    three = segments(rows(a=(10, 15), b=(24, 6), c=(40, 10)))
    plain = compare_groups(Grouped([1.0] * 10 + [0.0] * 15 + [1.0] * 64 + [0.0] * 16, [True] * 25 + [False] * 80)).p
    assert plain is not None
    assert three["a"].gap is not None
    assert three["a"].gap.p == pytest.approx(3 * plain)


def test_two_segments_are_one_question() -> None:
    found = segments(rows(a=(10, 15), b=(24, 6)))
    plain = compare_groups(Grouped([1.0] * 10 + [0.0] * 15 + [1.0] * 24 + [0.0] * 6, [True] * 25 + [False] * 30)).p
    assert plain is not None
    for part in found.values():
        assert part.gap is not None
        assert part.gap.p == pytest.approx(plain)


def test_fewer_than_twenty_cases_have_a_mean_and_no_gap() -> None:
    found = segments(rows(a=(10, 9), b=(24, 6), c=(1, 1)))
    assert set(found) == {"a", "b"}
    assert found["a"].gap is None
    assert found["b"].gap is not None
    assert report(rows(a=(10, 9), b=(24, 6), c=(1, 1))).notes[-1].endswith("are not shown (1 of them).")


def test_the_table_says_how_far_a_segment_lies_from_the_rest() -> None:
    told = segment_rows(report(rows(a=(10, 15), b=(24, 6))))
    assert told[0] == (
        "contains", "metadata.topic", "a", "0.400", "0.234 to 0.593", "25", "−0.400 (−0.612 to −0.142)", "0.003"
    )  # fmt: skip
    assert gap_text(segments(rows(a=(5, 5), b=(5, 5)))["a"]) == "–"

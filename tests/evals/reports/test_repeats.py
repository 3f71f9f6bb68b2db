"""What repeats say about a scorer: from results to the model of the report."""

import pytest

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.repeats import RepeatSummary
from llmops.evals.reports.repeats import flaky_rows, flaky_text, pass_rows, variance_rows
from tests.support.eval_runs import binary, loaded, report, result


def repeated(found: list[CaseResult], **scorer: object) -> RepeatSummary:
    summary = report(found, loaded(**scorer)).scores[0].repeats  # type: ignore[arg-type]
    assert summary is not None
    return summary


def rows(cases: int, repeats: int, wavering: int = 0) -> list[CaseResult]:
    """Cases that half pass and half fail, but for those that pass only once."""
    return [
        result(f"c{i:03}", float(repeat == 0 if i < wavering else i % 2), repeat=repeat)
        for i in range(cases)
        for repeat in range(repeats)
    ]


def test_without_repeats_there_is_no_summary() -> None:
    assert report(binary(5, 5)).scores[0].repeats is None


def test_steady_answers_vary_only_between_cases() -> None:
    found = repeated(rows(40, 3))
    assert found.variance is not None
    assert found.variance.shares == {"cases": 1.0, "answers": 0.0}
    assert variance_rows(report(rows(40, 3)))[0][4] == "add cases"
    assert (found.repeated, found.flaky, found.flakiest) == (40, 0, ())


def test_wavering_answers_dominate_and_are_listed() -> None:
    found = repeated(rows(40, 3, wavering=40))
    assert found.variance is not None
    assert found.variance.case == 0.0
    assert found.variance.generation == pytest.approx(1 / 3)
    assert variance_rows(report(rows(40, 3, wavering=40)))[0][4] == "ask each case more often (repeats)"
    assert (found.repeated, found.flaky, len(found.flakiest)) == (40, 40, 10)
    assert found.flakiest[0].model_dump() == {
        "case_id": "c000", "answers": 3, "passed": 1, "low": 0.0, "high": 1.0
    }  # fmt: skip


def test_required_cases_fall_with_repeats() -> None:
    found = repeated(rows(40, 3, wavering=20))
    assert found.variance is not None
    needs = {(need.half_width, need.repeats): need.cases for need in found.variance.required}
    assert needs[0.05, 1] > needs[0.05, 3] > needs[0.05, 10]
    assert needs[0.02, 3] == pytest.approx(6.25 * needs[0.05, 3], rel=0.01)
    expected = (1.959964 / 0.05) ** 2 * (found.variance.case + (found.variance.generation or 0) / 3)
    assert needs[0.05, 3] == pytest.approx(expected, abs=1)


def test_like_cases_in_clusters_need_more() -> None:
    alike = [
        result(f"c{i:03}", float(i // 5 % 2), repeat=repeat, cluster=f"k{i // 5}")
        for i in range(40)
        for repeat in range(2)
    ]
    found, apart = repeated(alike), repeated([r.model_copy(update={"cluster": r.case_id}) for r in alike])
    assert found.variance is not None
    assert apart.variance is not None
    assert (apart.variance.design_effect, found.variance.design_effect > 4) == (1.0, True)
    assert found.variance.required[0].cases > 4 * apart.variance.required[0].cases


def test_pass_at_k_is_averaged_over_cases_with_k_answers() -> None:
    found = repeated(rows(40, 3, wavering=20))
    assert [(p.k, p.cases) for p in found.pass_at] == [(1, 40), (2, 40), (3, 40)]
    assert [p.some for p in found.pass_at] == pytest.approx([(20 / 3 + 10) / 40, (40 / 3 + 10) / 40, 30 / 40])
    assert [p.every for p in found.pass_at] == pytest.approx([(20 / 3 + 10) / 40, 10 / 40, 10 / 40])
    assert pass_rows(report(rows(40, 3, wavering=20)))[-1] == ("contains", "3", "75.0 %", "25.0 %", "40")


def test_a_missing_answer_is_no_failed_one() -> None:
    found = repeated([result("a", 1.0), result("a", 1.0, repeat=1), result("b", 1.0), result("b", None, repeat=1)])
    assert [(p.k, p.every, p.cases) for p in found.pass_at] == [(1, 1.0, 1), (2, 1.0, 1)]
    assert (found.repeated, found.flaky) == (1, 0)


def test_graded_answers_waver_when_they_lie_a_quarter_of_the_range_apart() -> None:
    graded = [
        result(f"c{i}", Score(value=0.5 + repeat * (0.3 if i == 1 else 0.2)), repeat=repeat)
        for i in range(4)
        for repeat in range(2)
    ]
    found = repeated(graded)
    assert found.pass_at == ()
    assert [(case.case_id, case.passed, case.high) for case in found.flakiest] == [("c1", None, 0.8)]
    assert flaky_rows(report(graded)) == [("contains", "c1", "2", "–", "0.500", "0.800")]
    assert flaky_text(report(graded)) == "Cases whose answers disagree: contains: 1 of 4 cases."


def test_seconds_have_no_half_width_unasked() -> None:
    slow = [result(f"c{i}", Score(value=float(1 + i + repeat)), repeat=repeat) for i in range(4) for repeat in range(2)]
    found = repeated(slow, span=None, unit="s", direction="lower")
    assert found.variance is not None
    assert found.variance.required == ()
    assert variance_rows(report(slow, loaded(span=None, unit="s")))[0][-2:] == ("–", "–")


def test_a_judge_that_wavers_is_told_from_answers_that_do() -> None:
    judged = [
        result(f"c{i:02}", Score(value=0.5 + (0.1 if i % 2 else -0.1), draws=(0.3, 0.7)), repeat=repeat)
        for i in range(20)
        for repeat in range(2)
    ]
    found = repeated(judged)
    assert found.variance is not None
    assert found.variance.generation == 0.0
    assert found.variance.judge == pytest.approx(0.08)
    assert (found.variance.draws, found.variance.dominant) == (2.0, "judge")
    assert variance_rows(report(judged))[0][4] == "judge each answer more often"


def test_verdicts_alone_are_enough_for_a_summary() -> None:
    judged = [result(f"c{i:02}", Score(value=i / 20, draws=(i / 20, i / 20))) for i in range(20)]
    found = repeated(judged)
    assert found.variance is not None
    assert (found.variance.generation, found.variance.judge, found.repeated) == (None, 0.0, 0)
    assert "(1×)" not in variance_rows(report(judged))[0][5]

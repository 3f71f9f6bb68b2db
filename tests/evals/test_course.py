"""Courses: the order of a run's jobs."""

from llmops.evals.course import InOrder
from tests.support.eval_runs import cases, result


def test_repeats_go_round_by_round() -> None:
    course = InOrder(cases(2), repeats=2)
    assert course.total == 4
    assert [job.key for job in course.jobs()] == [
        ("case-0000", 0),
        ("case-0001", 0),
        ("case-0000", 1),
        ("case-0001", 1),
    ]


def test_the_whole_suite_is_asked_whatever_comes_out() -> None:
    course = InOrder(cases(2))
    course.learn(result("case-0000", 0.0))
    assert not course.decided

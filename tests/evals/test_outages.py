"""Outages: what is held back, what is asked again, and when a run ends."""

import pytest

from llmops.core.errors import LlmopsError, ModelError, RenderError
from llmops.evals.course import Job
from llmops.evals.executor import Done
from llmops.evals.outages import LONGEST_PAUSE, Outage
from tests.support.eval_runs import cases, result


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def outage(clock: Clock | None = None, at_once: int = 1) -> Outage:
    return Outage(100, at_once, patience=60, clock=clock or Clock())


def job(number: int) -> Job:
    return Job(cases(number + 1)[number])


def answered(number: int) -> Done:
    return Done(result(f"case-{number:04}", 1.0))


def failed(number: int, failure: LlmopsError | None = None) -> Done:
    return Done(result(f"case-{number:04}", error="503"), failure or ModelError("503", status=503))


def take(found: Outage, done: Done, number: int = 0) -> tuple[list[str], list[str]]:
    kept, again = found.take(job(number), done)
    return [one.result.case_id for one in kept], [one.case.id for one in again]


def test_single_failures_are_held_until_an_answer_comes() -> None:
    found = outage()
    assert take(found, answered(0)) == (["case-0000"], [])
    assert take(found, failed(1), 1) == ([], [])
    assert not found.is_on
    assert take(found, answered(2)) == (["case-0001", "case-0002"], [])
    assert take(found, failed(3), 3) == ([], [])
    assert [done.result.case_id for done in found.left()] == ["case-0003"]


@pytest.mark.parametrize(("at_once", "enough"), [(1, 5), (20, 20)])
def test_after_as_many_as_are_asked_at_once_the_target_is_down(at_once: int, enough: int) -> None:
    found = outage(at_once=at_once)
    take(found, answered(0))
    for number in range(1, enough + 1):
        assert not found.is_on
        take(found, failed(number), number)
    assert found.is_on
    again = [f"case-{number:04}" for number in range(1, enough + 1)]
    assert take(found, answered(50)) == (["case-0050"], again)
    assert found.asked_again == enough
    assert not found.is_on


def test_what_fails_again_after_an_outage_is_a_failure() -> None:
    found = outage()
    take(found, answered(0))
    for _ in range(2):
        for number in range(1, 6):
            take(found, failed(number), number)
        kept, again = take(found, answered(9))
    assert kept == [*(f"case-{number:04}" for number in range(1, 6)), "case-0009"]
    assert again == []
    assert found.asked_again == 5


def test_it_is_asked_with_what_was_held_back_where_nothing_else_is_left() -> None:
    found = outage()
    take(found, answered(0))
    for number in range(1, 6):
        take(found, failed(number), number)
    first = found.next_held()
    assert first is not None
    assert first.case.id == "case-0001"
    take(found, answered(1))
    assert found.next_held() is None


def test_pauses_grow_to_a_limit() -> None:
    found = outage()
    assert [found.pause() for _ in range(7)] == [0.5, 1, 2, 4, 8, LONGEST_PAUSE, LONGEST_PAUSE]


def test_it_ends_the_run_once_nothing_has_answered_for_too_long() -> None:
    clock = Clock()
    found = outage(clock)
    take(found, answered(0))
    clock.now = 59
    for number in range(1, 8):
        take(found, failed(number), number)
    clock.now = 60
    with pytest.raises(ModelError, match="503") as caught:
        take(found, failed(8), 8)
    assert caught.value.hint == "The run stopped: no answer came for 60 s, 8 in a row failed."


def test_what_failed_from_the_start_ends_it_soon() -> None:
    found = outage()
    for number in range(4):
        assert take(found, failed(number), number) == ([], [])
    with pytest.raises(ModelError, match="503") as caught:
        take(found, failed(4), 4)
    assert caught.value.hint == "The run stopped: the first 5 answers all failed."


@pytest.mark.parametrize("failure", [ModelError("the prompt is too long", status=400), RenderError("no such input")])
def test_a_failure_that_is_about_one_case_is_no_outage(failure: LlmopsError) -> None:
    found = outage()
    take(found, answered(0))
    for number in range(1, 20):
        assert take(found, failed(number, failure), number) == ([f"case-{number:04}"], [])
    assert not found.is_on

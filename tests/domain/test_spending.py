"""Spending: calls are counted for the job that makes them, in its tasks too."""

import asyncio

import pytest

from llmops.domain.interaction import Usage
from llmops.domain.spending import Budget, Spending, count_call, metered

CALL = Usage(prompt_tokens=3, completion_tokens=2, cost=0.5)


def test_calls_of_tasks_count_for_the_job_that_started_them() -> None:
    async def call() -> None:
        await asyncio.sleep(0)
        count_call(CALL)

    async def job(calls: int) -> Spending:
        with metered() as meter:
            await asyncio.gather(*(call() for _ in range(calls)))
            count_call(Usage(prompt_tokens=1, cost=None))
        return meter.total

    async def both() -> tuple[Spending, Spending]:
        return await asyncio.gather(job(1), job(2))

    one, two = asyncio.run(both())
    assert one == Spending(calls=2, tokens=6, cost=0.5, unpriced=1)
    assert two == Spending(calls=3, tokens=11, cost=1.0, unpriced=1)
    assert one + two == Spending(calls=5, tokens=17, cost=1.5, unpriced=2)


def test_calls_of_nobody_are_not_counted() -> None:
    count_call(CALL)
    with metered() as meter:
        pass
    count_call(CALL)
    assert meter.total == Spending()


def test_a_part_counts_for_the_whole_too() -> None:
    with metered() as whole:
        with metered() as part:
            count_call(CALL)
        count_call(CALL)
    assert (part.total.calls, whole.total.calls) == (1, 2)


def test_a_budget_limits_something() -> None:
    with pytest.raises(ValueError, match="a budget has at least one of usd, tokens, calls, minutes"):
        Budget()
    with pytest.raises(ValueError, match="greater than 0"):
        Budget(usd=0)

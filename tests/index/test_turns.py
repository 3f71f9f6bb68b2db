"""A lease is renewed while work lasts, and one that was lost ends the wait."""

import asyncio

import pytest

from llmops.core.errors import Conflict
from llmops.index.turns import keeping_turn


def test_the_turn_is_kept_until_the_work_is_done() -> None:
    async def run() -> tuple[str, int]:
        finished, renewed = asyncio.Event(), 0

        async def work() -> str:
            await finished.wait()
            return "built"

        async def renew() -> None:
            nonlocal renewed
            renewed += 1
            if renewed == 3:
                finished.set()

        return await keeping_turn(work(), renew, every=0.001), renewed

    result, renewed = asyncio.run(run())
    assert result == "built"
    assert renewed >= 3


def test_short_work_renews_nothing_and_its_failure_is_raised() -> None:
    async def renew() -> None:
        raise Conflict("index 'docs' was taken over")

    async def work() -> None:
        raise ValueError("no graph")

    with pytest.raises(ValueError, match="no graph"):
        asyncio.run(keeping_turn(work(), renew))
    with pytest.raises(Conflict, match="taken over"):
        asyncio.run(keeping_turn(asyncio.sleep(60), renew, every=0.001))

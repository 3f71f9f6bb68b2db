"""Slow checks look at a growing text in the background, one look at a time."""

import asyncio

from llmops.domain.verdict import Outcome
from llmops.guard.watching import EVERY, Watch
from tests.support.slow_checks import Slow, whole, with_slow_check


async def outcomes(watch: Watch, texts: list[str]) -> list[Outcome | None]:
    found = []
    for text in texts:
        found.append(watch.see(text))
        while watch.is_looking:
            await asyncio.sleep(0)
    return found


def test_a_look_that_finds_something_is_told_at_the_next_piece() -> None:
    slow = Slow(lambda text: whole(text, "boom"))
    watch = Watch(with_slow_check(slow))
    first, second, third = "a" * EVERY, "a" * EVERY + "boom", "a" * (2 * EVERY) + "boom"
    found = asyncio.run(outcomes(watch, [first, second, third, third + "!"]))
    assert found[:3] == [None, None, None]
    assert found[3] is not None
    assert found[3].stops
    assert slow.seen == [first, third]  # a few more characters are not worth another look


def test_nothing_looks_where_no_check_is_slow() -> None:
    watch = Watch(with_slow_check(Slow(lambda text: [])))
    watch.policy.checks = {"output": ()}
    assert not watch.checks
    assert asyncio.run(outcomes(watch, ["a" * EVERY] * 3)) == [None] * 3


def test_a_closed_watch_is_not_looking() -> None:
    async def closed() -> bool:
        watch = Watch(with_slow_check(Slow(lambda text: [])))
        watch.see("a" * EVERY)
        watch.close()
        return watch.is_looking

    assert not asyncio.run(closed())

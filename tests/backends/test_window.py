"""Windows: as wide as wanted, halved by a refusal, widened by answers; nobody asks while the server says to wait."""

import asyncio

import pytest

from llmops.backends.retries import Failure
from llmops.backends.window import UNLIMITED, Window, shared_window
from llmops.core.errors import ModelError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def refusal(retry_after: float | None = None, *, status: int = 429, again: bool = True) -> Failure:
    return Failure(ModelError("too many", status=status, retry_after=retry_after), again=again)


async def together(window: Window, outcomes: list[Failure | str]) -> None:
    """All are under way before the first ends."""
    begun = asyncio.Event()

    async def ask(outcome: Failure | str) -> None:
        async def attempt() -> Failure | str:
            if window.under_way >= len(outcomes):
                begun.set()
            await begun.wait()
            return outcome

        await window.ask(attempt)

    await asyncio.gather(*map(ask, outcomes))


def test_without_a_refusal_nothing_is_limited() -> None:
    window = Window()
    asyncio.run(together(window, ["yes"] * 200))
    assert window.width == UNLIMITED
    assert window.under_way == 0


def test_refusals_of_one_moment_halve_it_once() -> None:
    window = Window(Clock())
    asyncio.run(together(window, [refusal(), *["yes"] * 15]))
    assert 8 <= window.width < 10
    clock = Clock()
    window = Window(clock)
    asyncio.run(together(window, [refusal()] * 16))
    assert window.width == 8
    clock.now += 1
    asyncio.run(together(window, [refusal()] * 8))
    assert window.width == 4


def test_it_never_closes_altogether() -> None:
    window, clock = Window(Clock()), Clock()
    for _ in range(5):
        clock.now += 1
        window.clock = clock
        asyncio.run(together(window, [refusal()]))
    assert window.width == 1


def test_as_many_answers_as_it_is_wide_widen_it_by_one() -> None:
    window = Window(width=4)
    for _ in range(4):
        window.answered()
    assert 4.9 < window.width < 5.01


@pytest.mark.parametrize("failure", [refusal(status=503), refusal(again=False)])
def test_other_failures_say_nothing_about_how_many_are_too_many(failure: Failure) -> None:
    window = Window()
    asyncio.run(together(window, [failure]))
    assert window.width == UNLIMITED


def test_no_more_than_its_width_are_under_way_and_all_get_their_turn() -> None:
    window, most, order = Window(width=3.7), 0, list[int]()

    async def one(number: int) -> None:
        nonlocal most
        async with window.turn():
            order.append(number)
            most = max(most, window.under_way)
            await asyncio.sleep(0)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number) for number in range(50)))

    asyncio.run(all_of_them())
    assert most == 3
    assert sorted(order) == list(range(50))
    assert order[:10] == list(range(10))


def test_who_gives_up_waiting_takes_no_turn_away() -> None:
    window = Window(width=1)

    async def holds_until(done: asyncio.Event) -> None:
        async with window.turn():
            await done.wait()

    async def scene() -> None:
        done = asyncio.Event()
        first = asyncio.create_task(holds_until(done))
        second, third = (asyncio.create_task(holds_until(done)) for _ in range(2))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        done.set()
        await asyncio.gather(first, third)

    asyncio.run(scene())
    assert window.under_way == 0


def test_who_is_told_to_wait_makes_the_others_wait() -> None:
    window = Window()

    async def scene() -> float:
        started = window.clock()

        async def attempt() -> Failure | str:
            return refusal(0.05)

        async def answer() -> str:
            return "yes"

        await window.ask(attempt)
        await window.ask(answer)
        return window.clock() - started

    assert asyncio.run(scene()) >= 0.05


def test_a_connection_has_one_window() -> None:
    assert shared_window("a", "http://one") is shared_window("a", "http://one")
    assert shared_window("a", "http://one") is not shared_window("a", "http://two")

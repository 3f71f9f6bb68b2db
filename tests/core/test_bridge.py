"""The crossing between sync and async."""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Coroutine
from concurrent.futures import Future

import pytest

from llmops.core.bridge import AHEAD, aeach, each, on_loop, run_sync, start, to_thread
from llmops.core.errors import WrongLoop


async def double(value: int) -> int:
    await asyncio.sleep(0)
    return value * 2


def test_sync_code_waits_for_async_work() -> None:
    assert run_sync(double(4)) == 8


def test_errors_come_through() -> None:
    async def fail() -> None:
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        run_sync(fail())


def test_all_async_work_runs_on_one_loop() -> None:
    async def loop_id() -> int:
        return id(asyncio.get_running_loop())

    async def from_my_own_loop() -> int:
        return await on_loop(loop_id())

    assert run_sync(loop_id()) == asyncio.run(from_my_own_loop()) == run_sync(loop_id())


def test_a_sync_call_on_the_loop_names_the_async_form() -> None:
    async def scorer() -> int:
        return run_sync(double(1))

    with pytest.raises(WrongLoop, match="double was called synchronously"):
        run_sync(scorer())


@pytest.mark.parametrize("handed_over", [True, False])
def test_ctrl_c_while_work_is_handed_over_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, handed_over: bool
) -> None:
    began: list[str] = []
    ended = threading.Event()

    async def work() -> None:
        began.append("work")
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    hand_over = asyncio.run_coroutine_threadsafe

    def interrupted(coroutine: Coroutine[None, None, None], loop: asyncio.AbstractEventLoop) -> Future[None]:
        if handed_over:
            hand_over(coroutine, loop)
        else:
            coroutine.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_sync(work())
    monkeypatch.undo()
    assert run_sync(double(1)) == 2
    assert ended.is_set() == bool(began)  # what had begun by then was ended


def test_blocking_work_leaves_the_loop() -> None:
    async def names() -> tuple[str, str]:
        return threading.current_thread().name, await to_thread(lambda: threading.current_thread().name)

    here, there = run_sync(names())
    assert here != there


def test_a_forked_child_gets_a_loop_of_its_own() -> None:
    assert run_sync(double(1)) == 2
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, str(run_sync(double(21))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    assert os.read(read, 10) == b"42"
    os.close(read)


def test_what_is_started_goes_on_by_itself() -> None:
    assert start(double(4)).result(timeout=30) == 8


def test_what_is_started_can_be_cancelled() -> None:
    future = start(asyncio.sleep(600))
    assert future.cancel()
    assert future.cancelled()


class Counting:
    """Counts without end, or up to an error, and says when it was ended."""

    def __init__(self, fails_at: int = -1) -> None:
        self.made = 0
        self.ended = threading.Event()
        self.fails_at = fails_at

    async def items(self) -> AsyncGenerator[int, None]:
        try:
            while True:
                if self.made == self.fails_at:
                    raise ValueError(f"no more than {self.fails_at}")
                self.made += 1
                yield self.made
                await asyncio.sleep(0)
        finally:
            self.ended.set()


def test_a_stream_is_read_from_sync_and_async_code() -> None:
    async def three() -> AsyncGenerator[int, None]:
        for number in range(3):
            yield number

    async def read() -> list[int]:
        return [item async for item in aeach(three())]

    assert list(each(three())) == asyncio.run(read()) == [0, 1, 2]


def test_who_stops_reading_ends_a_stream_that_is_read_ahead_only_so_far() -> None:
    counting = Counting()
    stream = each(counting.items())
    assert next(stream) == 1
    stream.close()
    assert counting.ended.is_set()
    assert counting.made <= 2 * AHEAD + 2

    async def read() -> None:
        items = aeach(again.items())
        assert await anext(items) == 1
        await items.aclose()
        assert again.ended.is_set()

    again = Counting()
    asyncio.run(read())


def test_a_dropped_stream_is_ended() -> None:
    counting = Counting()
    stream = each(counting.items())
    assert next(stream) == 1
    del stream
    assert counting.ended.wait(10)


def test_a_cancelled_reader_ends_its_stream() -> None:
    counting, reading = Counting(fails_at=-1), threading.Event()

    async def slow() -> AsyncGenerator[int, None]:
        try:
            reading.set()
            await asyncio.Event().wait()
            yield 1
        finally:
            counting.ended.set()

    async def main() -> None:
        items = aeach(slow())
        task = asyncio.ensure_future(anext(items))
        await asyncio.to_thread(reading.wait)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert counting.ended.is_set()

    asyncio.run(main())


def test_what_a_stream_raises_comes_after_its_items() -> None:
    stream = each(Counting(fails_at=2).items())
    assert [next(stream), next(stream)] == [1, 2]
    with pytest.raises(ValueError, match="no more than 2"):
        next(stream)

"""The crossing between sync and async."""

import asyncio
import os
import threading

import pytest

from llmops.core.bridge import on_loop, run_sync, start, to_thread
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

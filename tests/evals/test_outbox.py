"""Results on their way to a sink."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from llmops.domain.evaluation import CaseResult
from llmops.evals.outbox import BATCH, LIMIT, Outbox
from tests.support.eval_runs import result


def test_everything_arrives_in_order_in_batches_in_another_thread() -> None:
    batches: list[list[str]] = []
    threads: set[int] = set()

    def sink(results: Sequence[CaseResult]) -> None:
        batches.append([r.case_id for r in results])
        threads.add(threading.get_ident())

    async def run() -> None:
        outbox = Outbox(sink)
        for i in range(200):
            await outbox.put(result(f"c{i}", 1.0))
        await outbox.close()

    asyncio.run(run())
    assert [name for batch in batches for name in batch] == [f"c{i}" for i in range(200)]
    assert max(map(len, batches)) <= BATCH
    assert threading.get_ident() not in threads


def test_a_lonely_result_is_handed_over_without_waiting_for_more() -> None:
    arrived = threading.Event()

    async def run() -> None:
        outbox = Outbox(lambda results: arrived.set())
        await outbox.put(result("c", 1.0))
        assert await asyncio.to_thread(arrived.wait, 5)
        await outbox.close()

    asyncio.run(run())


def test_a_slow_sink_holds_the_run_back() -> None:
    release, ahead = threading.Event(), 0

    def sink(results: Sequence[CaseResult]) -> None:
        release.wait(5)

    async def run() -> None:
        nonlocal ahead
        outbox = Outbox(sink)

        async def fill() -> None:
            nonlocal ahead
            for i in range(10 * LIMIT):
                await outbox.put(result(f"c{i}", 1.0))
                ahead += 1

        task = asyncio.create_task(fill())
        while ahead < LIMIT:
            await asyncio.sleep(0)
        for _ in range(1000):
            await asyncio.sleep(0)
        assert ahead <= LIMIT + BATCH
        release.set()
        await task
        await outbox.close()

    asyncio.run(run())
    assert ahead == 10 * LIMIT


def test_the_error_of_a_sink_is_raised_by_close() -> None:
    def sink(results: Sequence[CaseResult]) -> None:
        raise OSError("no space left on device")

    async def run() -> None:
        outbox = Outbox(sink)
        await outbox.put(result("c", 1.0))
        await outbox.close()

    with pytest.raises(OSError, match="no space left"):
        asyncio.run(run())

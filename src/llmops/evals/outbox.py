"""Hands finished results to a sink, in batches and in a thread, so that storing never stands in the way of asking.

At most `LIMIT` results wait; then `put` waits too, so a slow disk slows the run and costs no memory. What has been put is
handed over before `close` returns, also when the run is being cancelled.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from llmops.core.bridge import to_thread
from llmops.domain.evaluation import CaseResult

Sink: TypeAlias = Callable[[Sequence[CaseResult]], None]
"""Takes a batch of results, in a worker thread, never two batches at once. Raising ends the run with that error."""

BATCH = 64
LIMIT = 256
PAUSE = 0.05  # seconds that a batch may wait to fill


class Outbox:
    """Results on their way to a sink. Make it inside a running event loop."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting: list[CaseResult] = []
        self._closing = False
        self._some, self._full, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._hand_over())
        """Ends only after `close`, or with the sink's error."""

    async def put(self, result: CaseResult) -> None:
        """Add a result; waits while too many are waiting."""
        while len(self._waiting) >= LIMIT and not self.task.done():
            self._room.clear()
            await self._room.wait()
        self._waiting.append(result)
        self._some.set()
        if len(self._waiting) >= BATCH:
            self._full.set()
            await asyncio.sleep(0)  # a target that never waits must not keep the loop from storing and cancelling

    async def close(self) -> None:
        """Hand over what is waiting and end; raises the sink's error if it failed."""
        self._closing = True
        self._some.set()
        self._full.set()
        await asyncio.shield(self.task)

    async def _hand_over(self) -> None:
        try:
            while self._waiting or not self._closing:
                if not self._waiting:
                    self._some.clear()
                    await self._some.wait()
                await self._fill()
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                self._room.set()
                if batch:
                    await to_thread(self._sink, batch)
        finally:
            self._room.set()

    async def _fill(self) -> None:
        """Wait until a batch is full, at most `PAUSE` seconds."""
        if len(self._waiting) < BATCH and not self._closing:
            self._full.clear()
            try:
                async with asyncio.timeout(PAUSE):
                    await self._full.wait()
            except TimeoutError:
                return

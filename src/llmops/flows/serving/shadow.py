"""Shadow traffic: a candidate answers in the background what production has answered, and nobody waits for it.

Only a few answers are in flight at once; what comes on top is dropped and counted, so that a slow candidate can neither pile
up nor delay anybody. A failing candidate is counted and logged, and breaks nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Final

from llmops.domain.interaction import Reply

MAX_IN_FLIGHT: Final = 4
SECONDS: Final = 120.0  # after which an answer is given up

_LOG = logging.getLogger("llmops.serving")


@dataclass(slots=True)
class ShadowTally:
    """What became of shadow traffic."""

    started: int = 0
    answered: int = 0
    failed: int = 0
    dropped: int = 0


class Shadows:
    """The shadow answers of one app. All methods run on the background loop."""

    def __init__(self) -> None:
        self.tally = ShadowTally()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        """How many answers are being given."""
        return sum(not task.done() for task in self._tasks)

    def start(self, served: Reply, answer: Callable[[], Coroutine[None, None, Reply]]) -> None:
        """Let the candidate answer, unless too many are in flight."""
        loop = asyncio.get_running_loop()
        self._tasks = {task for task in self._tasks if not task.done() and task.get_loop() is loop}
        if len(self._tasks) >= MAX_IN_FLIGHT:
            self.tally.dropped += 1
            return
        self.tally.started += 1
        self._tasks.add(loop.create_task(self._run(served, answer)))

    async def close(self) -> None:
        """Give up what is in flight."""
        loop = asyncio.get_running_loop()
        tasks = [task for task in self._tasks if task.get_loop() is loop]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, served: Reply, answer: Callable[[], Coroutine[None, None, Reply]]) -> None:
        [found] = await asyncio.gather(asyncio.wait_for(answer(), SECONDS), return_exceptions=True)
        if isinstance(found, BaseException):
            self.tally.failed += 1
            _LOG.warning("shadow of %s failed: %s: %s", served.id, type(found).__name__, found)
            return
        self.tally.answered += 1
        _LOG.info(
            "shadow of %s: app %s in %.3f s, served app %s in %.3f s",
            served.id, found.refs.get("app", ""), found.usage.latency, served.refs.get("app", ""), served.usage.latency,
        )  # fmt: skip

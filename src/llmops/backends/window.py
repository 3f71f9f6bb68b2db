"""How many requests may be under way at once to a server: as many as are wanted, until it says that they are too many.

Additive increase, multiplicative decrease, as TCP does it: a refusal (HTTP 429) halves the number, once for all requests that
were under way together; answers raise it again, by one for as many answers as it is wide. And who is told to wait (`Retry-After`)
makes all others wait too, instead of each finding out for itself.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

from llmops.backends.retries import RATE_LIMITED, Failure

T = TypeVar("T")

UNLIMITED: Final = math.inf
LONGEST_CLOSURE: Final = 60.0  # seconds; who is told to wait for longer fails, and so may the others


@dataclass(slots=True)
class Window:
    """The requests to one server. Use it on one event loop at a time."""

    clock: Callable[[], float] = time.monotonic
    width: float = UNLIMITED
    under_way: int = 0
    closed_until: float = 0.0
    narrowed_at: float = -math.inf
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Wait until one more request may be made; gives the moment at which it begins."""
        if self._waiting or self.under_way + 1 > self.width:
            await self._queue()
        else:
            self.under_way += 1
        try:
            while (wait := self.closed_until - self.clock()) > 0:
                await asyncio.sleep(wait)
            yield self.clock()
        finally:
            self._leave()

    async def ask(self, attempt: Callable[[], Awaitable[T | Failure]]) -> T | Failure:
        """Make an attempt when it is its turn, and learn from what came of it."""
        async with self.turn() as began:
            outcome = await attempt()
            self.learn(began, outcome)
        return outcome

    def learn(self, began: float, outcome: object) -> None:
        """Take note of what came of a request that began then."""
        if not isinstance(outcome, Failure):
            self.answered()
        elif outcome.again and outcome.error.status == RATE_LIMITED:
            self.refused(began, outcome.error.retry_after)

    def refused(self, began: float, retry_after: float | None) -> None:
        """Take note of a refusal of a request that began then: there were too many."""
        now = self.clock()
        if retry_after is not None and retry_after <= LONGEST_CLOSURE:
            self.closed_until = max(self.closed_until, now + retry_after)
        if began > self.narrowed_at:
            self.width = max(1.0, min(self.width, self.under_way) / 2)
            self.narrowed_at = now

    def answered(self) -> None:
        """Take note of an answer: there may be room for more."""
        if self.width != UNLIMITED:
            self.width += 1 / self.width

    async def _queue(self) -> None:
        """Wait for a turn; who is given one is counted from that moment."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place in self._waiting:
                self._waiting.remove(place)
            elif not place.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        self.under_way -= 1
        while self._waiting and self.under_way + 1 <= self.width:
            place = self._waiting.popleft()
            if not place.done():
                self.under_way += 1
                place.set_result(None)


_shared: dict[tuple[str, str], Window] = {}


def shared_window(connection: str, address: str) -> Window:
    """The window of a connection, one for all models of this process that go through it."""
    return _shared.setdefault((connection, address), Window())

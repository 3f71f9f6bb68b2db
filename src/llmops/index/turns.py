"""Keep one's turn while work takes long: a lease that nobody renews is free for others after five minutes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

EVERY: Final = 60.0  # seconds; a fifth of a lease


async def keeping_turn(work: Awaitable[T], renew: Callable[[], Awaitable[None]], every: float = EVERY) -> T:
    """Wait for work, and renew the lease meanwhile; what renewing raises ends the wait."""
    task = asyncio.ensure_future(work)
    while True:
        done, _ = await asyncio.wait({task}, timeout=every)
        if done:
            return task.result()
        await renew()

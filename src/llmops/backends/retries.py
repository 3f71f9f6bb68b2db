"""Try again when trying again can help: bounded in attempts and in time, with full jitter, honouring `Retry-After`."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from llmops.core.errors import ModelError

T = TypeVar("T")

RATE_LIMITED: Final = 429
TRANSIENT: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed, and whether another one may do better."""

    error: ModelError
    again: bool


@dataclass(frozen=True, slots=True)
class Retries:
    """How long to go on. Waits are drawn evenly from 0 to `first` · 2ⁿ, at most `longest`; no attempt begins later than
    `total` after the first has failed; being told that the rate is too high counts as a quarter of a failed attempt, because
    it says that trying again will help. All in seconds. Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter"""

    attempts: int = 5
    first: float = 0.5
    longest: float = 20.0
    total: float = 120.0

    def wait(self, failed: int, retry_after: float | None, share: float) -> float:
        """Seconds to wait after `failed` failures; `share` in [0, 1) is the jitter drawn.

        What the server asked for is the least; the jitter on top keeps callers from coming back all at once.
        """
        backoff = share * min(self.longest, self.first * 2.0 ** (failed - 1))
        return backoff if retry_after is None else retry_after + min(backoff, self.first)


async def persist(
    attempt: Callable[[], Awaitable[T | Failure]],
    retries: Retries,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    draw: Callable[[], float] = random.random,
) -> T:
    """Call `attempt` until it gives a value; raises the last failure's ModelError when no further attempt is allowed."""
    gives_up_at = 0.0
    failed, weight = 0, 0.0
    while True:
        outcome = await attempt()
        if not isinstance(outcome, Failure):
            return outcome
        gives_up_at = gives_up_at or clock() + retries.total
        error = outcome.error
        failed += 1
        weight += 0.25 if error.status == RATE_LIMITED else 1.0
        if not outcome.again:
            raise error
        wait = retries.wait(failed, error.retry_after, draw())
        if weight >= retries.attempts or clock() + wait > gives_up_at:
            raise _given_up(error, failed)
        await sleep(wait)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a reply's headers ask to wait: `retry-after-ms`, or `Retry-After` as a number or an HTTP date."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    written = headers.get("Retry-After")
    number = _number(written)
    if number is not None or written is None:
        return number
    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _given_up(error: ModelError, failed: int) -> ModelError:
    tried = f" (after {failed} attempts)" if failed > 1 else ""
    return ModelError(f"{error.message}{tried}", hint=error.hint, status=error.status, retry_after=error.retry_after)

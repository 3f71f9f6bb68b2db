"""Keep to a connection's requests and tokens per minute.

Each limit is a token bucket in its virtual-scheduling form (the generic cell rate algorithm): one number says when the
bucket is next level, so a reservation is a few additions, is granted in order, and needs no background task.
"""

import asyncio
import time
from dataclasses import dataclass

BURST_SECONDS = 6.0  # what may be spent at once after a quiet time: a tenth of a minute's allowance


@dataclass(slots=True)
class Bucket:
    """An allowance per minute. `level_at` is when what was spent so far will have been earned, in seconds of the clock."""

    per_minute: float
    level_at: float = 0.0

    def reserve(self, amount: float, now: float) -> float:
        """Spend an amount and return how many seconds to wait before using it."""
        self.level_at = max(self.level_at, now)
        wait = max(0.0, self.level_at - BURST_SECONDS - now)
        self.level_at += amount * 60 / self.per_minute
        return wait

    def correct(self, amount: float) -> None:
        """Add to (or give back from) what was spent, once the true amount is known."""
        self.level_at += amount * 60 / self.per_minute


class RateLimit:
    """The limits of one connection; None means unlimited."""

    def __init__(self, rpm: int | None, tpm: int | None) -> None:
        self._requests = Bucket(rpm) if rpm else None
        self._tokens = Bucket(tpm) if tpm else None

    async def acquire(self, tokens: int) -> None:
        """Wait until one request of about so many tokens may be made."""
        now = time.monotonic()
        wait = self._requests.reserve(1, now) if self._requests else 0.0
        if self._tokens:
            wait = max(wait, self._tokens.reserve(tokens, now))
        if wait > 0:
            await asyncio.sleep(wait)

    def correct(self, estimated: int, used: int) -> None:
        """Replace an estimate by the tokens that a call used."""
        if self._tokens:
            self._tokens.correct(used - estimated)


_shared: dict[tuple[str, str, int | None, int | None], RateLimit] = {}


def shared_limit(connection: str, address: str, rpm: int | None, tpm: int | None) -> RateLimit | None:
    """The limit of a connection, one for all models of this process that go through it; None where it has none."""
    if rpm is None and tpm is None:
        return None
    return _shared.setdefault((connection, address, rpm, tpm), RateLimit(rpm, tpm))

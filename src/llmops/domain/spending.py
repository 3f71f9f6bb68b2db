"""What calls to models took, counted where they are made and credited to the answer they were made for; and what they may.

A meter belongs to the job that opened it, and to all tasks that the job starts: a context variable knows which it is. So the
calls of targets and judges are counted alike, and replies out of the cache, which cost nothing, are not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from pydantic import Field, model_validator

from llmops.domain.interaction import Usage
from llmops.domain.noun import Noun


class Spending(Noun):
    """What was paid for: calls, their tokens and US dollars. `unpriced` counts the calls whose price nobody knows."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0

    def __add__(self, other: "Spending") -> "Spending":
        return Spending(
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            cost=self.cost + other.cost,
            unpriced=self.unpriced + other.unpriced,
        )


NOTHING: Final = Spending()


class Budget(Noun):
    """What a run may take at most: US dollars, tokens, calls, minutes. What is not given is not limited."""

    usd: float | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, gt=0)
    calls: int | None = Field(default=None, gt=0)
    minutes: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_limit(self) -> "Budget":
        if not self.model_fields_set:
            raise ValueError("a budget has at least one of usd, tokens, calls, minutes")
        return self


class Meter:
    """Counts the calls that are made for one job; those of a part of it count for the whole too."""

    def __init__(self, whole: "Meter | None" = None) -> None:
        self._whole = whole
        self._calls, self._tokens, self._cost, self._unpriced = 0, 0, 0.0, 0

    @property
    def total(self) -> Spending:
        """What has been counted so far."""
        if not self._calls:
            return NOTHING
        return Spending(calls=self._calls, tokens=self._tokens, cost=self._cost, unpriced=self._unpriced)

    def count(self, usage: Usage) -> None:
        """Count a call."""
        self._calls += 1
        self._tokens += usage.tokens
        self._cost += usage.cost or 0.0
        self._unpriced += usage.cost is None
        if self._whole is not None:
            self._whole.count(usage)


_METER: ContextVar[Meter | None] = ContextVar("llmops_meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Count the calls that are made in the block, in tasks that it starts too."""
    meter = Meter(_METER.get())
    token = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(token)


def count_call(usage: Usage) -> None:
    """Count a call that was made, for the job that it was made for, if any."""
    meter = _METER.get()
    if meter is not None:
        meter.count(usage)

"""What a run may still spend, and whether one more answer fits.

Nobody knows what an answer will take before it is there, so one is begun only if it fits in at the price of the dearest so
far, beside all those under way at that same price. Until the first has been paid for, one is asked at a time. So a budget is
exceeded at most by as much as the last answers turn out dearer than any before them.
"""

import time
from collections.abc import Callable, Iterator

from llmops.domain.spending import Budget, Spending
from llmops.presentation.figures import count, dollars, seconds

UNITS = ("usd", "tokens", "calls")


class Allowance:
    """A budget and what has been spent of it. Without a budget everything fits.

    Args:
        budget: the limits.
        clock: seconds.

    `began` is when, by the clock, the run began; earlier for one that goes on.
    """

    def __init__(self, budget: Budget | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget
        self.spent = Spending()
        self._dearest = Spending()
        self._clock = clock
        self.began = clock()
        self._limits: dict[str, float] = {
            unit: limit for unit in UNITS if (limit := getattr(budget, unit, None)) is not None
        }

    def spend(self, spending: Spending) -> None:
        """Take note of what an answer has cost."""
        if spending.calls:
            self.spent += spending
            if self._limits:
                self._dearest = Spending(
                    calls=max(self._dearest.calls, spending.calls),
                    tokens=max(self._dearest.tokens, spending.tokens),
                    cost=max(self._dearest.cost, spending.cost),
                )

    def admits(self, under_way: int) -> bool:
        """Whether one more answer may begin, while so many are under way."""
        if self.budget is None:
            return True
        if self._price_is_missing or self._time_is_up or any(self._full(unit) for unit in self._limits):
            return False
        if not self._limits:
            return True
        if not self._dearest.calls:
            return under_way == 0
        more = under_way + 1
        return all(
            _amount(self.spent, unit) + more * _amount(self._dearest, unit) <= limit * (1 + 1e-9)
            for unit, limit in self._limits.items()
        )

    @property
    def reason(self) -> str:
        """Why no answer may begin any more, such as `its budget of $5.00 is spent: $4.98 for 120 calls`."""
        if self._price_is_missing:
            return f"{count(self.spent.unpriced, 'call')} came without a price, so a budget in dollars cannot be kept"
        took = f"{dollars(self.spent.cost)} for {count(self.spent.calls, 'call')} with {self.spent.tokens:,} tokens"
        return f"its budget of {' or '.join(self._named())} is spent: {took} in {seconds(self._clock() - self.began)}"

    def _named(self) -> Iterator[str]:
        """The limits that have been reached, or all where the next answer would have been too dear."""
        assert self.budget is not None
        for unit, limit in self._limits.items():
            if _amount(self.spent, unit) + _amount(self._dearest, unit) > limit:
                yield dollars(limit) if unit == "usd" else count(int(limit), unit.removesuffix("s"))
        if self._time_is_up:
            yield f"{self.budget.minutes:g} min"

    @property
    def _price_is_missing(self) -> bool:
        return "usd" in self._limits and self.spent.unpriced > 0

    @property
    def _time_is_up(self) -> bool:
        minutes = self.budget.minutes if self.budget else None
        return minutes is not None and self._clock() - self.began >= minutes * 60

    def _full(self, unit: str) -> bool:
        return _amount(self.spent, unit) >= self._limits[unit]


def _amount(spending: Spending, unit: str) -> float:
    return spending.cost if unit == "usd" else float(getattr(spending, unit))

"""Betting: a capital that can hardly grow unless the claim it bets against is false, whenever one looks.

A gambler starts with 1 and bets on each unit that its gain is above 0. If the mean gain is not, the expected capital never
rises, so that it reaches 1/alpha with probability at most alpha, at any stopping time (Ville 1939; Waudby-Smith & Ramdas
2024, arXiv:2010.09686). Nothing is assumed but the range of a gain: few clusters, ties and skew are no concern.

The capital is split between one bet that follows the running mean and variance (aGRAPA) and fixed ones, small and large:
the one that suits the true mean soon holds nearly all of it, and the others cost what was staked on them once.
"""

import copy
import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from llmops.domain.report import Outcome

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

T = TypeVar("T")

CAUTION = 0.75  # the part of its capital that the adaptive bet may lose on the worst possible unit
ADAPTIVE = 0.05  # the part of the first capital that it bets with
FIXED = (  # (part of its capital that the bet loses on the worst possible unit, part of the first capital)
    (1 / 32, 0.01),
    (1 / 16, 0.03),
    (1 / 8, 0.08),
    (1 / 4, 0.08),
    (1 / 2, 0.2),
    (0.85, 0.4),
    (0.97, 0.15),
)
PRIOR_VARIANCE = 0.25
MANY = 2000  # units that are bet on together
_TINY = 1e-9


class Gambler:
    """Bets that the mean gain is above 0 and keeps the capital.

    Args:
        worst: the largest possible loss on a unit, as a number above 0; infinite where there is no limit: then it never bets.
        prior: the gain of the one imagined unit (with variance 1/4) from which the running mean starts.
    """

    def __init__(self, worst: float, prior: float) -> None:
        worst = max(worst, _TINY)
        self._limit = CAUTION / worst
        self._units, self._sum, self._squares = 1, prior, PRIOR_VARIANCE
        self._adaptive = ADAPTIVE
        self._fixed = [(share / worst, part) for share, part in FIXED]

    @property
    def capital(self) -> float:
        """What the first 1 has become."""
        return self._adaptive + sum(part for _, part in self._fixed)

    def bet(self, gain: float) -> float:
        """Stake on one unit, chosen from the units before it, and return the capital after it."""
        mean, variance = self._sum / self._units, self._squares / self._units
        stake = min(self._limit, mean / (variance + mean * mean)) if mean > 0 else 0.0
        self._adaptive *= 1 + stake * gain
        self._fixed = [(fixed, part * (1 + fixed * gain)) for fixed, part in self._fixed]
        self._units += 1
        self._sum += gain
        self._squares += (gain - self._sum / self._units) ** 2
        return self.capital

    def bet_on_all(self, gains: "NDArray[float64]") -> "NDArray[float64]":
        """Stake on many units, one after the other as `bet` does, and return the capital after each."""
        import numpy as np

        sums = np.cumsum(np.concatenate(([self._sum], gains)))
        units = self._units + np.arange(len(gains) + 1)
        means = sums / units
        squares = np.cumsum(np.concatenate(([self._squares], (gains - means[1:]) ** 2)))
        mean, variance = np.maximum(means[:-1], 0.0), (squares / units)[:-1]
        stakes = np.minimum(self._limit, mean / (variance + mean * mean))
        with np.errstate(over="ignore", under="ignore"):
            capital: NDArray[float64] = np.cumprod(np.concatenate(([self._adaptive], 1 + stakes * gains)), dtype=float)
            self._adaptive = float(capital[-1])
            for index, (fixed, part) in enumerate(self._fixed):
                grown = np.cumprod(np.concatenate(([part], 1 + fixed * gains)))
                self._fixed[index] = (fixed, float(grown[-1]))
                capital += grown
        self._units, self._sum, self._squares = int(units[-1]), float(sums[-1]), float(squares[-1])
        return capital[1:]


class Duel:
    """Two gamblers on the same units, of whom one bets that the mean gain is above 0 and one that it is below.

    The first of them to win decides, and what comes later changes nothing.

    Args:
        span: the lowest and highest possible gain; infinite where there is none: then only the other side can win.
        alpha: how often a mean of 0 or less may pass.
        beta: how often a mean of 0 or more may fail.
        prior: the gain expected before any is seen.
    """

    def __init__(self, span: tuple[float, float], *, alpha: float, beta: float, prior: float = 0.0) -> None:
        self.needed = (1 / alpha, 1 / beta)
        self.outcome: Outcome = "unknown"
        self.units = 0
        self._above, self._below = Gambler(-span[0], prior), Gambler(span[1], -prior)

    @property
    def above(self) -> float:
        """The capital of the gambler on a gain."""
        return self._above.capital

    @property
    def below(self) -> float:
        """The capital of the gambler on a loss."""
        return self._below.capital

    def bet(self, gain: float) -> Outcome:
        """Let both stake on one unit: pass if the first has won, fail if the second has, unknown while neither has."""
        if self.outcome != "unknown":
            return self.outcome
        self.units += 1
        if self._above.bet(gain) >= self.needed[0]:
            self.outcome = "pass"
        elif self._below.bet(-gain) >= self.needed[1]:
            self.outcome = "fail"
        return self.outcome

    def bet_on_all(self, gains: Sequence[float]) -> Outcome:
        """Let both stake on units until one of them has won: many at a time, and one by one where somebody wins."""
        for start in range(0, len(gains), MANY):
            if self.outcome != "unknown":
                break
            some = gains[start : start + MANY]
            if len(some) < MANY or not self._nobody_wins(some):
                for gain in some:
                    if self.bet(gain) != "unknown":
                        break
        return self.outcome

    def _nobody_wins(self, gains: Sequence[float]) -> bool:
        """Bet on units if nobody wins on any of them; if somebody does, nothing has happened."""
        import numpy as np

        above, below, units = copy.deepcopy(self._above), copy.deepcopy(self._below), np.asarray(gains, dtype=float)
        if (above.bet_on_all(units) >= self.needed[0]).any() or (below.bet_on_all(-units) >= self.needed[1]).any():
            return False
        self._above, self._below, self.units = above, below, self.units + len(gains)
        return True


@dataclass(frozen=True, slots=True)
class Bets:
    """How a duel came out; `units` is how many units were drawn until one side had won, or all."""

    outcome: Outcome
    above: float
    below: float
    units: int


def bet_on_sign(
    gains: Sequence[float],
    span: tuple[float, float],
    *,
    alpha: float,
    beta: float,
    prior: float = 0.0,
    seed: int = 0,
) -> Bets:
    """Decide whether the mean gain is above 0 (pass) or below (fail), drawing units in seeded random order.

    Args:
        gains: one a unit, independent of each other; in an order that does not depend on who answered first.
        span: the lowest and highest possible gain.
        alpha: how often a mean of 0 or less may pass.
        beta: how often a mean of 0 or more may fail.
        prior: the gain expected before any is seen.
        seed: what the order is drawn from.
    """
    duel = Duel(span, alpha=alpha, beta=beta, prior=prior)
    duel.bet_on_all(shuffled(gains, seed))
    return Bets(duel.outcome, duel.above, duel.below, duel.units)


def shuffled(units: Sequence[T], seed: int) -> list[T]:
    """The units in the order drawn from a seed."""
    return [units[place] for place in _order(len(units), seed)]


@lru_cache(maxsize=4)
def _order(count: int, seed: int) -> Sequence[int]:
    order = list(range(count))
    random.Random(seed).shuffle(order)  # noqa: S311  # an order, no secret
    return array("L", order)


def fewest_units(gain: float, worst: float, error: float) -> float:
    """How many units a gambler needs who wins `gain` on every one; infinite where there is nothing to win.

    Args:
        gain: above 0.
        worst: the largest possible loss.
        error: 1 / the capital that wins.
    """
    if gain <= 0 or worst <= 0 or math.isinf(worst):
        return math.inf
    growth = [(math.log1p(share * gain / worst), part) for share, part in FIXED]
    low, high = 0.0, min(math.log(1 / (error * part)) / rate for rate, part in growth)
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        rich = sum(part * math.exp(rate * middle) for rate, part in growth) >= 1 / error
        low, high = (low, middle) if rich else (middle, high)
    return high

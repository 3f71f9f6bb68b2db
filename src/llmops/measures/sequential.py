"""Betting: a capital that can hardly grow unless the claim it bets against is false, whenever one looks.

A gambler starts with 1 and bets on each unit that its gain is above 0. If the mean gain is not, the expected capital never
rises, so that it reaches 1/alpha with probability at most alpha, at any stopping time (Ville 1939; Waudby-Smith & Ramdas
2024, arXiv:2010.09686). Nothing is assumed but the range of a gain: few clusters, ties and skew are no concern.

The capital is split between one bet that follows the running mean and variance (aGRAPA) and fixed ones. Where the true
mean is near the boundary the fixed ones need a sixth fewer cases, far from it the split costs one or two.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from llmops.domain.report import Outcome

CAUTION = 0.75  # the part of the capital that the worst possible unit may cost
ADAPTIVE = 0.4  # the part of the first capital that aGRAPA bets with
FIXED = ((1 / 8, 0.1), (1 / 4, 0.1), (1 / 2, 0.1), (1.0, 0.3))  # (share of the largest bet, part of the first capital)
PRIOR_VARIANCE = 0.25
_TINY = 1e-9


class Gambler:
    """Bets that the mean gain is above 0 and keeps the capital.

    Args:
        worst: the largest possible loss on a unit, as a number above 0.
        prior: the gain of the one imagined unit (with variance 1/4) from which the running mean starts.
    """

    def __init__(self, worst: float, prior: float) -> None:
        self._limit = CAUTION / max(worst, _TINY)
        self._units, self._sum, self._squares = 1, prior, PRIOR_VARIANCE
        self._adaptive = ADAPTIVE
        self._fixed = [(share * self._limit, part) for share, part in FIXED]

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


@dataclass(frozen=True, slots=True)
class Bets:
    """How two gamblers came out: `above` bet that the mean gain is above 0, `below` that it is below.

    `units` is how many units were drawn until one of them had won, or all.
    """

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
    order = list(gains)
    random.Random(seed).shuffle(order)  # noqa: S311  # an order, no secret
    above, below = Gambler(-span[0], prior), Gambler(span[1], -prior)
    for units, gain in enumerate(order, start=1):
        if above.bet(gain) >= 1 / alpha:
            return Bets("pass", above.capital, below.capital, units)
        if below.bet(-gain) >= 1 / beta:
            return Bets("fail", above.capital, below.capital, units)
    return Bets("unknown", above.capital, below.capital, len(order))

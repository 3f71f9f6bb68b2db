"""Evidence of a change at any time: bets that begin anew with every observation, and the time that explains them best.

Each bet multiplies by a factor whose mean is at most 1 as long as nothing has changed. Two sums over all the times at which
the change may have happened, each with its own promise (Shin, Ramdas & Rinaldo, arXiv:2203.03532):

- `arl`, Shiryaev-Roberts: M_t = (M_{t-1} + 1) L_t. M_t - t never rises on average, so that an alarm at M >= c comes, without
  a change, after c observations or more on average, and within n of them with probability at most n/c.
- `pfa`: E_t = L_t (E_{t-1} + w_t) with w_j = 1/(j (j + 1)), which add up to 1. An alarm at E >= 1/alpha is ever false with
  probability at most alpha.

Both hold for averages of several bets. Amounts stop at a ceiling far above any threshold: giving away what one has won makes no
false alarm.
"""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

Promise = Literal["arl", "pfa"]

CEILING = 1e15
_CELLS = 2**18  # numbers of factors that are in work at once


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the bets hold after `seen` observations since `began`.

    Attributes:
        amounts: one a bet; their mean is the statistic.
        rises: per bet the logarithm of the product of its factors since `since`.
        since: per bet the index of the first observation after the change, if there was one: argmax_j Π_{i>=j} L_i.
        sums: per bet the sum of scores before `since`.
        began: how many observations of the stream came before.
        peak: the largest statistic, and `peak_at`, the index of the observation that made it.
    """

    promise: Promise
    amounts: tuple[float, ...]
    rises: tuple[float, ...]
    since: tuple[int, ...]
    sums: tuple[float, ...]
    began: int = 0
    seen: int = 0
    peak: float = 0.0
    peak_at: int | None = None

    @property
    def statistic(self) -> float:
        """The mean of the amounts: M or E."""
        return math.fsum(self.amounts) / len(self.amounts)

    @property
    def change(self) -> tuple[int, float] | None:
        """The index of the first observation after the likeliest change, and the sum of scores before it."""
        richest = max(range(len(self.amounts)), key=lambda bet: (self.amounts[bet], self.rises[bet]))
        if self.rises[richest] <= 0:
            return None
        return self.since[richest], self.sums[richest]


def no_evidence(promise: Promise, bets: int, *, began: int = 0, total: float = 0.0) -> Evidence:
    """Begin with nothing; `total` is the sum of scores of the `began` observations before."""
    return Evidence(promise, (0.0,) * bets, (0.0,) * bets, (began,) * bets, (total,) * bets, began)


def add_evidence(evidence: Evidence, factors: "Floats", totals: "Floats") -> Evidence:
    """Bet on observations, one after the other: the same however they are divided among calls.

    Args:
        evidence: what the bets held before.
        factors: a row an observation, a column a bet.
        totals: the sum of scores before each observation, and after the last.
    """
    (grown,) = add_all([evidence], [factors], [totals])
    return grown


def add_all(parts: "Sequence[Evidence]", factors: "Sequence[Floats]", totals: "Sequence[Floats]") -> list[Evidence]:
    """The same for several streams, each with its own observations, in one pass over those that bet alike."""
    found: dict[int, Evidence] = {}
    for promise, bets in dict.fromkeys((part.promise, len(part.amounts)) for part in parts):
        alike = [n for n, part in enumerate(parts) if (part.promise, len(part.amounts)) == (promise, bets)]
        paths = _paths([parts[n] for n in alike], [factors[n] for n in alike])
        found |= {n: _grown(parts[n], factors[n], totals[n], *path) for n, path in zip(alike, paths, strict=True)}
    return [found[n] for n in range(len(parts))]


def merge_evidence(parts: "list[Evidence]") -> Evidence:
    """Average the amounts of streams that ran beside each other; the change is that of the richest, in its own count."""
    amounts = tuple(math.fsum(column) / len(parts) for column in zip(*(part.amounts for part in parts), strict=True))
    richest = max(parts, key=lambda part: part.statistic)
    began, seen = sum(part.began for part in parts), sum(part.seen for part in parts)
    return replace(
        richest, amounts=amounts, began=began, seen=seen, peak=math.fsum(amounts) / len(amounts), peak_at=None
    )


def _grown(
    evidence: Evidence, factors: "Floats", totals: "Floats", means: "Floats", amounts: tuple[float, ...]
) -> Evidence:
    if not len(factors):
        return evidence
    best = int(means.argmax())
    rises, since, sums = _starts(evidence, factors, totals)
    seen = evidence.seen + len(factors)
    grown = replace(evidence, amounts=amounts, rises=rises, since=since, sums=sums, seen=seen)
    if means[best] > evidence.peak:
        return replace(grown, peak=float(means[best]), peak_at=evidence.began + evidence.seen + best)
    return grown


def _paths(parts: "Sequence[Evidence]", factors: "Sequence[Floats]") -> "list[tuple[Floats, tuple[float, ...]]]":
    """For each stream the mean of what its bets hold after each observation, and what each of them holds at the end.

    Step by step, all streams beside each other, the longest first: those that have ended fall out at the end of the array.
    """
    import numpy as np

    order = sorted(range(len(parts)), key=lambda place: -len(factors[place]))
    counts = [len(factors[place]) for place in order]
    held = np.array([parts[place].amounts for place in order])
    means = [np.empty(count) for count in counts]
    done, going, ends = 0, len(order), np.array(held)
    while done < counts[0]:
        while counts[going - 1] <= done:
            going -= 1
        until = min(counts[going - 1], done + max(1, _CELLS // ends[:going].size))
        block = np.stack([factors[place][done:until] for place in order[:going]], axis=1)
        stakes = _stakes([parts[place] for place in order[:going]], done, until)
        held = held[:going]
        for row, stake in zip(block, stakes, strict=True):
            np.multiply(held + stake, row, out=row)
            held = np.minimum(row, CEILING, out=row)
        ends[:going] = held
        total = np.zeros(block.shape[:2])
        for bet in range(block.shape[2]):
            total += block[:, :, bet]
        for place in range(going):
            means[place][done:until] = total[:, place] / block.shape[2]
        done = until
    ended = {place: (mean, tuple(end)) for place, mean, end in zip(order, means, ends.tolist(), strict=True)}
    return [ended[place] for place in range(len(parts))]


def _stakes(parts: "Sequence[Evidence]", first: int, until: int) -> "Sequence[float] | Floats":
    """What is staked anew on each observation: a number for all, or a column of one for each stream."""
    import numpy as np

    if parts[0].promise == "arl":
        return [1.0] * (until - first)
    j = np.arange(first + 1, until + 1)[:, None, None] + np.array([part.seen for part in parts])[:, None]
    stakes: Floats = 1 / (j * (j + 1))
    return stakes


def _starts(
    evidence: Evidence, factors: "Floats", totals: "Floats"
) -> tuple[tuple[float, ...], tuple[int, ...], tuple[float, ...]]:
    """For each bet the last time at which its product since any earlier time was at its lowest."""
    import numpy as np

    with np.errstate(divide="ignore"):
        logs = np.maximum(np.log(factors), -1e5)
    sums = np.cumsum(logs, axis=0)
    lowest = len(sums) - 1 - sums[::-1].argmin(axis=0)
    fallen = np.take_along_axis(sums, lowest[None, :], axis=0)[0]
    is_new = fallen <= -np.array(evidence.rises)
    rises = np.where(is_new, sums[-1] - fallen, sums[-1] + np.array(evidence.rises))
    first = evidence.began + evidence.seen + lowest + 1
    since = np.where(is_new, first, np.array(evidence.since))
    scores = np.where(is_new, totals[lowest + 1], np.array(evidence.sums))
    return tuple(rises.tolist()), tuple(since.tolist()), tuple(scores.tolist())

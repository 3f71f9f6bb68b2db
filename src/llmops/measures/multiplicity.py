"""Which of many streams raise an alarm, so that the promise holds for all of them together.

Both rules keep the promise of one stream for the whole: without any change, the mean of all statistics reaches c wherever one of
them raises an alarm, and a mean of statistics keeps the promise that each of them does if each is fair given what all have shown.
`e-d-bh` (Dandapanthula & Ramdas, arXiv:2501.04130; after e-BH of Wang & Ramdas, arXiv:2009.02824) asks less of each stream when
several have changed, and bounds the share of false ones among the alarms over the time waited; `bonferroni` asks the same of
each, whatever the others do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Rule = Literal["e-d-bh", "bonferroni"]


@dataclass(frozen=True, slots=True)
class Alarms:
    """The threshold that held for every stream, and the places of those that reached it, strongest first."""

    threshold: float
    places: tuple[int, ...]


def raise_alarms(statistics: Sequence[float], c: float, *, rule: Rule = "e-d-bh") -> Alarms:
    """Decide over K streams: k* = max{k : M_(k) >= c K / k}, or M >= c K.

    Args:
        statistics: the last one of each stream, all of the same promise; of streams that cannot say anything yet, 0.
        c: `arl`: the mean number of observations between false alarms of all streams together (η/α of the source);
            `pfa`: 1/alpha.
        rule: how the streams share c.
    """
    streams = len(statistics)
    order = sorted(range(streams), key=lambda place: -statistics[place])
    if rule == "bonferroni":
        strong = [place for place in order if statistics[place] >= c * streams]
        return Alarms(c * streams, tuple(strong))
    most = max((k for k in range(1, streams + 1) if statistics[order[k - 1]] >= c * streams / k), default=0)
    return Alarms(c * streams / max(1, most), tuple(order[:most]))

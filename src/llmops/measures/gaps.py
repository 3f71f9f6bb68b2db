"""Who is served worse: each group of users against all others, with correction for their number and a least count.

A group is called worse only where the difference is significant after Holm's correction; "no gap was shown" is not "there is
none", which is why the interval and the smallest gap that could have been seen stand beside it.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from llmops.measures.comparison import holm
from llmops.measures.groups import GroupDifference, Grouped, compare_groups
from llmops.measures.intervals import Estimate, Range, detectable_difference, estimate_mean

FEWEST = 20  # values of a group
ALPHA = 0.05

Service = Literal["worse", "better", "no difference shown", "not enough data"]


@dataclass(frozen=True, slots=True)
class ServedGroup:
    """One group: its mean, its difference from all others, p adjusted for the number of groups, and what follows.

    `visible` is the smallest difference that its size shows with 80 % power, before correction.
    """

    group: str
    mean: Estimate
    difference: GroupDifference | None
    adjusted_p: float | None
    visible: float | None
    service: Service


def compare_service(
    values: Sequence[float],
    groups: Sequence[str],
    clusters: Sequence[Hashable] | None = None,
    *,
    bounds: Range | None = (0.0, 1.0),
    higher_is_better: bool = True,
    alpha: float = ALPHA,
) -> list[ServedGroup]:
    """Compare every group with the rest; worst first, those with too few values last.

    Args:
        values: one a request.
        groups: the group of each.
        clusters: the user or session of each; None: every request is its own.
        bounds: the range of the values; None for seconds or dollars.
        higher_is_better: False for latency, cost and rates of errors or refusals.
        alpha: the chance that any group is called worse or better, if all are served alike.
    """
    counts = Counter(groups)
    found = []
    for group in sorted(counts):
        inside = [one == group for one in groups]
        own = [place for place, is_in in enumerate(inside) if is_in]
        mean = estimate_mean([values[i] for i in own], clusters and [clusters[i] for i in own], bounds=bounds)
        served = ServedGroup(group, mean, None, None, None, "not enough data")
        if min(len(own), len(values) - len(own)) >= FEWEST:
            difference = compare_groups(Grouped(values, inside, clusters), bounds=bounds)
            visible = None if difference.se is None else detectable_difference(difference.se, 1)
            served = replace(served, difference=difference, visible=visible)
        found.append(served)
    tested = [place for place, one in enumerate(found) if one.difference is not None and one.difference.p is not None]
    ps = [one.difference.p for one in found if one.difference is not None and one.difference.p is not None]
    for place, p in zip(tested, holm(ps), strict=True):
        found[place] = replace(found[place], adjusted_p=p, service=_service(found[place], p, higher_is_better, alpha))
    sign = 1 if higher_is_better else -1
    return sorted(
        found, key=lambda one: (one.difference is None, sign * (one.difference.mean if one.difference else 0.0))
    )


def _service(served: ServedGroup, p: float, higher_is_better: bool, alpha: float) -> Service:
    if p > alpha or served.difference is None:
        return "no difference shown"
    return "better" if (served.difference.mean > 0) == higher_is_better else "worse"

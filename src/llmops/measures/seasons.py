"""Comparing with the same hour of the week: what repeats every week is no change.

Each value is compared with the mean of the same hour in all the weeks before, and divided by what that difference varies by:
r = (x - m_h) / √(1/n + 1/N_h) for the mean x of n values after N_h in the hours before. These are the recursive residuals of
Brown, Durbin & Evans (1975, doi:10.1111/j.2517-6161.1975.tb01532.x): independent of each other where the values are, though
the means are estimated from them. The plain difference to last week is a trap: it sees a change for one week, and then compares
what changed with what changed; the difference to a frozen week is another: its errors come back every week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from llmops.core.hashing import Json

HOURS = 168


@dataclass(frozen=True, slots=True)
class Week:
    """For each hour of the week the mean of all values so far, and how many they were."""

    means: tuple[float, ...] = (0.0,) * HOURS
    counts: tuple[float, ...] = (0.0,) * HOURS

    def to_json(self) -> Json:
        """Its JSON form."""
        return {"means": list(self.means), "counts": list(self.counts)}


def hour_of_week(moment: datetime) -> int:
    """Hours since Monday 0:00, from 0 to 167, in the time zone of the moment."""
    return moment.weekday() * 24 + moment.hour


def compare_with_week(
    week: Week, hours: Sequence[int], values: Sequence[float], counts: Sequence[float] | None = None
) -> tuple[Week, list[float | None]]:
    """Take values in their order; return for each its residual, None for the first of an hour of the week.

    Args:
        week: what was seen before.
        hours: the hour of the week of each value.
        values: means of blocks, or single values.
        counts: how many values each is the mean of; None: one each.
    """
    means, seen = list(week.means), list(week.counts)
    residuals: list[float | None] = []
    for place, (hour, value) in enumerate(zip(hours, values, strict=True)):
        count = 1.0 if counts is None else counts[place]
        before, mean = seen[hour], means[hour]
        residuals.append((value - mean) / (1 / count + 1 / before) ** 0.5 if before else None)
        seen[hour] = before + count
        means[hour] = mean + (value - mean) * count / seen[hour]
    return Week(tuple(means), tuple(seen)), residuals


def week_from_json(value: Json) -> Week:
    """Read the JSON form of a week."""
    return Week(tuple(value["means"]), tuple(value["counts"]))

"""Writes what a run has recorded, in a dozen statements for the driver itself: half of a short run's time went into SQLAlchemy.

A batch that may have been written before, because nobody heard whether it was, is added without the points that are there:
a point is the same if its step, time and value are. Everything else replaces what is there.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self

from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.domain.run import MetricPoint, RunBatch
from llmops.storage.driver import Driver

HEAD: Final = 200  # characters of a value that its index holds
ValueNoun = Literal["param", "tag"]

_SEEN: Final = "UPDATE runs SET seen_at = ? WHERE id = ?"
_THERE: Final = "UPDATE runs SET seen_at = seen_at WHERE id = ?"
_ENDED: Final = "UPDATE runs SET status = ?, ended_at = ?, summary = NULL WHERE id = ? AND holder = ?"
_VALUES: Final = "run_values (run_id, noun, key, value, head, number)"
_REPLACE_VALUE: Final = (
    "ON CONFLICT (run_id, noun, key) "
    "DO UPDATE SET value = excluded.value, head = excluded.head, number = excluded.number"
)
_FILES: Final = "run_files (run_id, path, digest, size)"
_REPLACE_FILE: Final = "ON CONFLICT (run_id, path) DO UPDATE SET digest = excluded.digest, size = excluded.size"
_KNOWN: Final = "SELECT key, id, last, step, at, lowest, highest, count FROM run_metrics WHERE run_id = ?"
_METRICS: Final = "run_metrics (run_id, key, last, step, at, lowest, highest, count)"
_SET_METRIC: Final = (
    "UPDATE run_metrics SET last = ?, step = ?, at = ?, lowest = ?, highest = ?, count = ? WHERE id = ?"
)
_POINTS: Final = "metric_points (metric_id, ordinal, step, at, value)"
_POINTS_SINCE: Final = "SELECT step, at, value FROM metric_points WHERE metric_id = ? AND at >= ?"


def write_batch(driver: Driver, batch: RunBatch, now: datetime | None) -> None:
    """Add a batch to its run, which is alive `now`; None where it may have been written before, and is told later.

    Raises:
        NotFound: there is no such run.
    """
    _touch(driver, batch, now)
    values = [*_value_rows(batch.run_id, "param", batch.params), *_value_rows(batch.run_id, "tag", batch.tags)]
    driver.insert(_VALUES, values, _REPLACE_VALUE)
    if batch.points:
        _add_points(driver, batch, may_be_there=now is None)
    files = {file.path: (batch.run_id, file.path, file.digest, file.size) for file in batch.files}
    driver.insert(_FILES, [*files.values()], _REPLACE_FILE)


def number_of(text: str) -> float | None:
    """The number that a text is, or None; `nan` and `inf` are none that one could search by."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _touch(driver: Driver, batch: RunBatch, now: datetime | None) -> None:
    """Say that a run is alive, or how it ended. On PostgreSQL this locks its row, so that two processes of one run do not number
    points alike."""
    if batch.ending is not None:
        status, at, holder = batch.ending
        if driver.execute(_ENDED, (status, driver.instant(at), batch.run_id, holder)):
            return
    found = (
        driver.execute(_THERE, (batch.run_id,))
        if now is None
        else driver.execute(_SEEN, (driver.instant(now), batch.run_id))
    )
    if not found:
        raise NotFound(f"there is no run {batch.run_id!r}", hint="It was deleted while it went on; start another one.")


def _value_rows(run_id: str, noun: ValueNoun, values: Mapping[str, str]) -> Iterator[tuple[Json, ...]]:
    for key, value in values.items():
        yield run_id, noun, key, value, value[:HEAD], number_of(value)


@dataclass(frozen=True, slots=True)
class _Summary:
    """What a search sees of a metric: that of the highest step, the lowest and highest value, and how many there are."""

    last: float | None
    step: int
    at: float
    lowest: float | None
    highest: float | None
    count: int

    def row(self) -> tuple[Json, ...]:
        """Its columns."""
        return self.last, self.step, self.at, self.lowest, self.highest, self.count

    @classmethod
    def of(cls, points: Sequence[MetricPoint]) -> Self:
        if len(points) == 1:
            step, at, value = points[0]
            return cls(value, step, at, value, value, 1)
        last = max(points, key=lambda point: (point.step, point.at))
        numbers = [point.value for point in points if point.value is not None]
        ends = min(numbers, default=None), max(numbers, default=None)
        return cls(last.value, last.step, last.at, *ends, len(points))

    def with_later(self, new: Self) -> Self:
        """The summary of these points and new ones."""
        latest = new if (new.step, new.at) >= (self.step, self.at) else self
        lowest = [value for value in (self.lowest, new.lowest) if value is not None]
        highest = [value for value in (self.highest, new.highest) if value is not None]
        ends = min(lowest, default=None), max(highest, default=None)
        return type(self)(latest.last, latest.step, latest.at, *ends, self.count + new.count)


def _add_points(driver: Driver, batch: RunBatch, *, may_be_there: bool) -> None:
    known = {key: (number, _Summary(*rest)) for key, number, *rest in driver.rows(_KNOWN, (batch.run_id,))}
    points = batch.points
    if may_be_there:
        points = {key: _missing(driver, known[key][0], new) if key in known else new for key, new in points.items()}
    fresh = [(batch.run_id, key, *_Summary.of(new).row()) for key, new in points.items() if key not in known]
    ids: dict[str, int] = dict(driver.insert(_METRICS, fresh, "RETURNING key, id"))
    changed, rows = [], []
    for key, new in points.items():
        if key in ids:
            number, first = ids[key], 0
        elif new:
            number, summary = known[key]
            first = summary.count
            changed.append((*summary.with_later(_Summary.of(new)).row(), number))
        else:
            continue
        rows += [(number, ordinal, *point) for ordinal, point in enumerate(new, first)]
    driver.update(_SET_METRIC, changed)
    driver.copy(_POINTS, rows)


def _missing(driver: Driver, metric: int, points: Sequence[MetricPoint]) -> list[MetricPoint]:
    """Those points of a metric that are not there yet."""
    there = {*driver.rows(_POINTS_SINCE, (metric, min(point.at for point in points)))}
    return [point for point in points if tuple(point) not in there]

"""Signals that ask a model about each value."""

from datetime import UTC, datetime, timedelta

import pytest

from llmops.core.hashing import Json
from llmops.domain.signal import SignalStatus
from llmops.flows.monitor_reports import judged
from llmops.flows.monitor_reports.gather import MonitorReport
from llmops.flows.monitor_reports.judged import Told
from tests.support.monitored import LATE, NOW

AT = datetime(2026, 3, 1, tzinfo=UTC)


def counted(*versions: dict[str, Json]) -> list[Told]:
    points = [
        (AT + timedelta(hours=n), SignalStatus(monitor="m", signal="s", state="ok", threshold=1.0, versions=one))
        for n, one in enumerate(versions)
    ]
    return judged._counted(points)


def test_each_evaluation_has_what_it_counted_and_the_control_set_its_mean(mixed: MonitorReport) -> None:
    (one,) = mixed.judged
    assert [(told.at, told.count, told.mean) for told in one.told] == [(LATE, 120, 1.0), (NOW, 120, 0.0)]
    assert one.control == 1.0
    assert "of its control set got 1 at first" in one.said
    assert one.since is not None


def test_counts_are_differences_by_version() -> None:
    first, second, same, third = (
        {"a": (10, 0.5)}, {"a": (10, 0.5), "b": (5, 1.0)}, {"a": (10, 0.5), "b": (5, 1.0)}, {"a": (12, 0.5), "b": (6, 1.0)},
    )  # fmt: skip
    found = counted(first, second, same, third)
    assert [(one.count, one.version) for one in found] == [(10, "a"), (5, "b"), (3, "a")]
    assert [one.mean for one in found] == pytest.approx([0.5, 1.0, 2 / 3])


def test_a_monitor_that_began_anew_counts_from_nothing() -> None:
    assert [one.count for one in counted({"a": (10, 0.5)}, {"a": (4, 1.0)})] == [10, 4]


def test_many_evaluations_are_put_together() -> None:
    found = judged._together([Told(AT + timedelta(hours=n), n + 1, float(n % 2), "v") for n in range(100)])
    assert len(found) == 20
    assert sum(one.count for one in found) == sum(range(1, 101))

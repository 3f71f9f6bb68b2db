"""A series: its reference, its blocks, its change, and the same after a restart at any place."""

import json
import random

import pytest

from llmops.domain.signal import SignalKind
from llmops.measures.seasons import HOURS, Week
from llmops.monitor.series import PAUSE, Series, Value, series_from_json

MONDAY = 1_767_571_200.0  # 2026-01-05, 0:00 UTC
VALUES = [random.Random(7).gauss(0, 1) for _ in range(700)]
SHIFTED = [value + (1.5 if n >= 500 else 0) for n, value in enumerate(VALUES)]


def fed(values: list[float], *, cuts: tuple[int, ...] = (), minimum: int = 200, guarded: bool = False) -> Series:
    series = Series("scalar", "b", 1)
    for place, value in enumerate(values):
        series.waiting.append(Value(value, 60.0 * place, "v1" if place < 500 else "v2"))
        if place in cuts:
            series.flush(minimum=minimum, reference=False, deltas=(0.05, 0.01 if guarded else None))
            series = series_from_json(json.loads(json.dumps(series.to_json())))
    series.flush(minimum=minimum, reference=False, deltas=(0.05, 0.01 if guarded else None))
    return series


def test_the_first_values_are_the_reference_and_a_change_is_dated() -> None:
    series = fed(SHIFTED, cuts=(199, 420, 640))
    assert series.stream is not None
    assert (series.stream.observations, series.gathered) == (500, [])
    assert series.mean == pytest.approx(sum(SHIFTED[:200]) / 200)
    assert series.stream.statistic > 1e5
    assert series.since is not None
    assert abs(series.since.timestamp() - 60 * 500) < 60 * 40
    series.alarmed = True
    assert series.current == pytest.approx(1.5, abs=0.5)
    assert {version: count for version, (count, _) in series.versions.items()} == {"v1": 500, "v2": 200}


def test_a_restart_anywhere_changes_nothing() -> None:
    whole, parts = fed(SHIFTED), fed(SHIFTED, cuts=(50, 199, 200, 201, 350, 699))
    assert whole.stream is not None
    assert parts.stream is not None
    assert parts.stream.evidence.peak == pytest.approx(whole.stream.evidence.peak)
    assert parts.mean == pytest.approx(whole.mean)
    assert parts.versions == whole.versions


def test_a_small_reference_goes_on_gathering() -> None:
    series = fed(VALUES[:150])
    assert (series.stream, len(series.gathered), series.current, series.since) == (None, 150, None, None)


def test_the_guard_forgets_alone() -> None:
    series = fed(SHIFTED, guarded=True)
    assert series.guard is not None
    assert series.guard.statistic > 100
    series.restart(guard_only=True)
    assert series.guard.statistic == 0
    assert series.stream is not None
    assert series.stream.statistic > 1e5
    series.restart()
    assert series.stream.statistic == 0


def test_what_belongs_together_is_one_value() -> None:
    series = Series("scalar", "b", 1)
    for session in range(300):
        for turn in range(3):
            series.waiting.append(Value(float(session % 7), PAUSE * 2 * session + turn, "v", block=str(session)))
    series.flush(minimum=200, reference=False, deltas=(0.05, None))
    assert series.stream is not None
    assert series.stream.observations == 300 - 200 - 1  # the last session may go on
    assert sum(count for count, _ in series.versions.values()) == 900


def test_ticks_stay_few() -> None:
    assert len(fed(VALUES, cuts=tuple(range(200, 700, 3))).ticks) <= 128


def weekly(*, season: bool, shifted: bool) -> Series:
    """Thirty weeks of hourly means with a daily cycle, five times as large as what else varies; written down each week."""
    kind: SignalKind = "rate" if season else "scalar"
    series, noise = Series(kind, "b", 1, week=Week() if season else None), random.Random(3)
    for hour in range(30 * HOURS):
        number = 5 * (hour % 24 >= 12) + noise.gauss(0, 1) + (2 if shifted and hour >= 25 * HOURS else 0)
        series.waiting.append(Value(number, MONDAY + 3_600.0 * hour, "v"))
        if hour % HOURS == HOURS - 1:
            series.flush(minimum=200, reference=hour < 5 * HOURS, deltas=(0.05, None))
            series = series_from_json(json.loads(json.dumps(series.to_json())))
    return series


def test_what_repeats_every_week_is_no_change_and_what_does_not_is_one() -> None:
    calm, changed = weekly(season=True, shifted=False), weekly(season=True, shifted=True)
    assert calm.stream is not None
    assert calm.stream.peak < 10_000
    assert calm.stream.warning == ""
    assert changed.stream is not None
    assert changed.stream.peak > 100_000
    assert changed.since is not None
    assert abs(changed.since.timestamp() - (MONDAY + 25 * HOURS * 3_600)) < 3 * 86_400
    plain = weekly(season=False, shifted=False)
    assert plain.stream is not None
    assert "alike" in plain.stream.warning

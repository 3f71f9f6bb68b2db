"""A series: its reference, its blocks, its change, and the same after a restart at any place."""

import json
import random
from itertools import pairwise

import pytest

from llmops.domain.signal import SignalKind
from llmops.measures.seasons import HOURS, Week
from llmops.monitor.series import PAUSE, Series, Values, flush, series_from_json

MONDAY = 1_767_571_200.0  # 2026-01-05, 0:00 UTC
VALUES = [random.Random(7).gauss(0, 1) for _ in range(700)]
SHIFTED = [value + (1.5 if n >= 500 else 0) for n, value in enumerate(VALUES)]


def take(series: Series, new: Values, *, reference: bool = False, guarded: bool = False) -> None:
    flush([(series, new)], minimum=200, reference=reference, deltas=(0.05, 0.01 if guarded else None))


def fed(values: list[float], *, cuts: tuple[int, ...] = (), guarded: bool = False) -> Series:
    series, ends = Series("scalar", "b", 1), [cut + 1 for cut in cuts]
    for begin, end in pairwise([0, *ends, len(values)]):
        places = range(begin, end)
        versions = ["v1" if place < 500 else "v2" for place in places]
        take(series, Values(values[begin:end], [60.0 * place for place in places], versions, []), guarded=guarded)
        if end in ends:
            series = series_from_json(json.loads(json.dumps(series.to_json())))
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
    series, turns = Series("scalar", "b", 1), [(session, turn) for session in range(300) for turn in range(3)]
    numbers, times = [float(session % 7) for session, _ in turns], [PAUSE * 2 * n + turn for n, turn in turns]
    take(series, Values(numbers, times, ["v"] * 900, [str(session) for session, _ in turns]))
    assert series.stream is not None
    assert series.stream.observations == 300 - 200 - 1  # the last session may go on
    assert sum(count for count, _ in series.versions.values()) == 900


def test_ticks_stay_few() -> None:
    assert len(fed(VALUES, cuts=tuple(range(200, 700, 3))).ticks) <= 128


def weekly(*, season: bool, shifted: bool) -> Series:
    """Thirty weeks of hourly means with a daily cycle, five times as large as what else varies; written down each week."""
    kind: SignalKind = "rate" if season else "scalar"
    series, noise, new = Series(kind, "b", 1, week=Week() if season else None), random.Random(3), Values([], [], [], [])
    for hour in range(30 * HOURS):
        number = 5 * (hour % 24 >= 12) + noise.gauss(0, 1) + (2 if shifted and hour >= 25 * HOURS else 0)
        new.numbers.append(number)
        new.times.append(MONDAY + 3_600.0 * hour)
        new.versions.append("v")
        if hour % HOURS == HOURS - 1:
            take(series, new, reference=hour < 5 * HOURS)
            new = Values([], [], [], [])
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

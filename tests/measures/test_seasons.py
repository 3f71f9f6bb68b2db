"""The hour of the week: residuals that are independent, keep a change in sight, and know how much they vary."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from llmops.measures.seasons import HOURS, Week, compare_with_week, hour_of_week, week_from_json

NOISE = np.random.default_rng(7).normal(size=HOURS * 30)
SEASON = 5 * np.sin(np.arange(HOURS * 30) * 2 * np.pi / HOURS)
PLACES = [place % HOURS for place in range(HOURS * 30)]


def residuals(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    _, found = compare_with_week(Week(), PLACES, values.tolist())
    assert found[:HOURS] == [None] * HOURS
    return np.array(found[HOURS:], dtype=float)


def test_what_repeats_every_week_leaves_no_trace() -> None:
    assert residuals(NOISE + SEASON) == pytest.approx(residuals(NOISE))
    left = residuals(NOISE + SEASON)
    assert left.std() == pytest.approx(1.0, abs=0.03)
    for lag in (1, 24, HOURS):
        assert abs(np.corrcoef(left[lag:], left[:-lag])[0, 1]) < 0.05


def test_a_change_stays_in_sight_for_weeks() -> None:
    changed = SEASON + np.where(np.arange(len(SEASON)) >= HOURS * 8, 1.0, 0.0)
    left = residuals(changed).reshape(-1, HOURS).mean(axis=1)
    assert left[:7] == pytest.approx(np.zeros(7))
    assert left[7] == pytest.approx((8 / 9) ** 0.5)
    assert left[10] > 0.65


def test_hours_with_fewer_requests_vary_more_and_are_weighed_less() -> None:
    counts = np.where(np.arange(HOURS * 30) % 24 < 8, 4.0, 100.0)
    _, found = compare_with_week(Week(), PLACES, (NOISE / counts**0.5).tolist(), counts.tolist())
    left = np.array(found[HOURS:], dtype=float)
    night = counts[HOURS:] == 4
    assert left[night].std() == pytest.approx(left[~night].std(), rel=0.05)


def test_a_week_survives_being_stored() -> None:
    half = HOURS * 15
    week, first = compare_with_week(Week(), PLACES[:half], NOISE[:half].tolist())
    week = week_from_json(json.loads(json.dumps(week.to_json())))
    _, second = compare_with_week(week, PLACES[half:], NOISE[half:].tolist())
    assert first[HOURS:] + second == residuals(NOISE).tolist()


def test_the_week_begins_on_monday() -> None:
    assert hour_of_week(datetime(2026, 11, 23, tzinfo=UTC)) == 0
    assert hour_of_week(datetime(2026, 11, 29, 23, 59, tzinfo=UTC)) == 167

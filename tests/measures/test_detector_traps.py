"""The traps of watching streams: what would break the promise does, and what stands in its place keeps it.

A small run of benchmarks/monitor.py; docs/performance.md has a large one.
"""

import runpy
from pathlib import Path

import pytest

BENCHMARK = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "monitor.py"))
SHORT = {"length": 2000, "c": 20_000}  # P(alarm) <= 0.1
ERROR = (0.1 * 0.9 / 40) ** 0.5


def test_a_frozen_reference_breaks_the_promise_and_a_growing_bag_keeps_it() -> None:
    conformal = BENCHMARK["conformal"](BENCHMARK["normal"], 200)
    assert BENCHMARK["frozen_reference"](runs=40, size=200, **SHORT) > 0.1 + 3 * ERROR
    assert BENCHMARK["false_alarms"](conformal, runs=40, **SHORT) <= 0.1 + 3 * ERROR


def test_an_estimate_taken_for_the_mean_breaks_the_promise_and_a_zone_keeps_it() -> None:
    zone = BENCHMARK["Traffic"](
        BENCHMARK["rate"],
        lambda rng, _: BENCHMARK["start"](BENCHMARK["rate"](rng, 300).tolist(), kind="bounded"),
    )
    assert BENCHMARK["estimate_as_if_known"](runs=40, size=300, **SHORT) > 0.1 + 3 * ERROR
    assert BENCHMARK["false_alarms"](zone, runs=40, **SHORT) <= 0.15 + 3 * ERROR


def test_sessions_and_seasons_break_the_promise_which_is_withdrawn_and_kept_by_blocks_and_the_same_hour() -> None:
    found = BENCHMARK["dependent"](runs=12, **SHORT)
    for name in ("sessions", "weekly"):
        assert found[name][0] >= 0.5
        assert found[name][1] == 1.0
    for name in ("sessions, blocked", "weekly, same hour"):
        assert found[name] == pytest.approx((0.0, 0.0), abs=0.17)


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHMARK["ROWS"])
def test_delays_are_those_of_the_design(name: str) -> None:
    """After a shift of one standard deviation, where few runs tell."""
    most = {"heavy": 95, "latency": 22, "normal": 29}.get(name.split(",")[0].split("-")[0], 62)
    mean, error = BENCHMARK["mean_delay"](BENCHMARK["ROWS"][name], 1.0, runs=40)
    assert mean <= most + 2 * error

"""Many streams: who raises an alarm, and that the promise holds for all of them together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.multiplicity import Alarms, raise_alarms
from llmops.measures.streams import observe, start_at


def test_several_changes_ask_less_of_each() -> None:
    assert raise_alarms([10, 210, 5, 500], 100) == Alarms(200.0, (3, 1))
    assert raise_alarms([10, 210, 5, 500], 100, rule="bonferroni") == Alarms(400.0, (3,))
    assert raise_alarms([10, 150, 5, 90], 100) == Alarms(400.0, ())
    assert raise_alarms([], 100) == Alarms(0.0, ())


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(1, 1e5))
def test_wherever_there_is_an_alarm_the_mean_of_all_reaches_the_threshold(statistics: list[float], c: float) -> None:
    """The mean keeps the promise of each, so that the promise holds for the whole."""
    strict = raise_alarms(statistics, c, rule="bonferroni")
    alarms = raise_alarms(statistics, c)
    assert set(strict.places) <= set(alarms.places)
    if alarms.places:
        assert sum(statistics) / len(statistics) >= c * (1 - 1e-9)


def test_twelve_streams_together_alarm_as_rarely_as_stated() -> None:
    alarmed = 0
    for seed in range(40):
        rng, streams = np.random.default_rng([seed, 8]), [start_at(0.2) for _ in range(12)]
        for _ in range(4):
            streams = [observe(one, (rng.random(100) < 0.2).tolist()) for one in streams]
            alarmed += bool(raise_alarms([one.statistic for one in streams], 4000).places)
    assert alarmed / 40 <= 0.1 + 3 * (0.1 * 0.9 / 40) ** 0.5

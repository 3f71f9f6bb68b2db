"""Attribution: parts that add up, mix told from within, intervals that hold, and what goes with a new version."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.attribution import Rows, decompose_change, explain_by_label

ROW = st.tuples(st.floats(-10, 10), st.sampled_from(["de", "en", "fr", "it"]))
ROWS = st.lists(ROW, min_size=1, max_size=50).map(lambda rows: Rows([v for v, _ in rows], [s for _, s in rows]))


def drawn(rng: np.random.Generator, n: int, german: float, means: dict[str, float]) -> Rows:
    segments = np.where(rng.random(n) < german, "de", "en").tolist()
    return Rows([float(rng.normal(means[segment], 0.5)) for segment in segments], segments)


@given(ROWS, ROWS)
def test_mix_and_within_add_up_to_the_change_in_every_way(then: Rows, now: Rows) -> None:
    found = decompose_change(then, now)
    change = sum(now.values) / len(now.values) - sum(then.values) / len(then.values)
    assert found.total.value == pytest.approx(change, abs=1e-9)
    assert found.mix.value + found.within.value == pytest.approx(change, abs=1e-9)
    assert sum(part.mix.value for part in found.parts) == pytest.approx(found.mix.value, abs=1e-9)
    assert sum(part.within.value for part in found.parts) == pytest.approx(found.within.value, abs=1e-9)


def test_a_change_of_traffic_is_no_change_of_answers() -> None:
    rng = np.random.default_rng(1)
    means = {"de": 0.2, "en": 0.8}
    found = decompose_change(drawn(rng, 800, 0.2, means), drawn(rng, 800, 0.7, means))
    assert found.mix.high is not None
    assert found.mix.high < -0.2
    assert found.within.low is not None
    assert found.within.high is not None
    assert found.within.low < 0 < found.within.high
    assert found.parts[0].segment == "de"
    assert found.parts[0].share_now > 0.6


def test_intervals_hold_the_true_parts() -> None:
    rng, held = np.random.default_rng(2), [0, 0, 0]
    before, after = {"de": 0.2, "en": 0.8}, {"de": 0.5, "en": 0.7}
    true_mix, true_within = (0.5 - 0.3) * (0.2 - 0.8), 0.5 * 0.3 + 0.5 * -0.1
    for _ in range(200):
        found = decompose_change(drawn(rng, 200, 0.3, before), drawn(rng, 150, 0.5, after))
        for place, (effect, true) in enumerate(
            [(found.mix, true_mix), (found.within, true_within), (found.total, true_mix + true_within)]
        ):
            assert effect.low is not None
            assert effect.high is not None
            held[place] += effect.low <= true <= effect.high
    assert min(held) / 200 >= 0.95 - 3 * (0.05 * 0.95 / 200) ** 0.5


def test_segments_that_are_new_gone_or_small() -> None:
    found = decompose_change(Rows([1.0, 1.0, 0.0], ["a", "a", "b"]), Rows([1.0, 5.0], ["a", "c"]))
    parts = {part.segment: part for part in found.parts}
    assert (parts["c"].mean, parts["c"].mean_now, parts["b"].mean_now) == (None, 5.0, None)
    assert parts["c"].within.value == 0.0
    assert parts["c"].mix.value == pytest.approx(0.5 * (5 - 2 / 3))
    assert parts["a"].mix.low is None
    with pytest.raises(ValueError, match="at least one row then and one now"):
        decompose_change(Rows([], []), Rows([1.0], ["a"]))


def test_what_goes_with_a_new_version_is_told_from_what_does_not() -> None:
    rng = np.random.default_rng(3)
    means, worse = {"de": 0.2, "en": 0.8}, {"de": 0.0, "en": 0.6}
    then = drawn(rng, 1000, 0.5, means)
    old, new = drawn(rng, 500, 0.5, means), drawn(rng, 500, 0.5, worse)
    now = Rows([*old.values, *new.values], [*old.segments, *new.segments])
    found = explain_by_label(then, now, (["3"] * 1000, ["3"] * 500 + ["4"] * 500))
    assert found.share == 0.5
    assert found.kept is not None
    assert found.explained is not None
    assert found.kept.value == pytest.approx(0.0, abs=0.08)
    assert found.explained.high is not None
    assert found.explained.high < -0.05
    everywhere = drawn(rng, 1000, 0.5, worse)
    found = explain_by_label(then, everywhere, (["3"] * 1000, ["3"] * 500 + ["4"] * 500))
    assert found.explained is not None
    assert found.explained.value == pytest.approx(0.0, abs=0.06)
    alone = explain_by_label(then, new, (["3"] * 1000, ["4"] * 500))
    assert (alone.share, alone.kept, alone.explained) == (1.0, None, None)
    mostly = explain_by_label(then, old, (["3"] * 1000, ["3"] * 499 + ["4"]))
    assert mostly.explained is None
    assert mostly.kept is not None

"""A quantile sketch: small, near the true percentiles, the same after a restart, and mergeable."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.sketches import SIZE, Sketch, add_values, merge_sketches, sketch_from_json

RNG = random.Random(1)
VALUES = [RNG.lognormvariate(0, 1) for _ in range(60_000)]
ORDERED = sorted(VALUES)


def worst_rank(sketch: Sketch, ordered: list[float]) -> float:
    """The largest distance of a reported quantile's rank from what was asked for."""
    from bisect import bisect_left

    asked = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
    return max(abs(bisect_left(ordered, sketch.quantile(q)) / len(ordered) - q) for q in asked)


@pytest.mark.parametrize("portion", [7, 1000, 60_000])
def test_quantiles_are_near_and_the_sketch_stays_small(portion: int) -> None:
    sketch = Sketch(seed=portion)
    for start in range(0, len(VALUES) if portion > 10 else 7000, portion):
        sketch = add_values(sketch, VALUES[start : start + portion])
    assert sketch.size <= 4 * SIZE
    assert sketch.count in (7000, 60_000)
    assert worst_rank(sketch, sorted(VALUES[: sketch.count])) <= 0.025


def test_merged_sketches_are_as_near() -> None:
    parts = [add_values(Sketch(seed=part), VALUES[part::6]) for part in range(6)]
    merged = merge_sketches(parts)
    assert (merged.count, merged.least, merged.greatest) == (60_000, ORDERED[0], ORDERED[-1])
    assert merged.size <= 4 * SIZE
    assert worst_rank(merged, ORDERED) <= 0.025
    assert merge_sketches([]) == Sketch()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=150), st.floats(0, 1))
def test_few_values_are_kept_as_they_are(values: list[float], q: float) -> None:
    sketch = add_values(Sketch(), values)
    assert sorted(sketch.levels[0]) == sorted(values)
    assert sketch.quantile(0) == min(values)
    assert sketch.quantile(1) == max(values)
    assert sum(value <= sketch.quantile(q) for value in values) >= q * len(values) - 1e-6


def test_a_stored_sketch_goes_on_as_if_it_had_not_been_stored() -> None:
    half = add_values(Sketch(seed=4), VALUES[:5000])
    stored = sketch_from_json(json.loads(json.dumps(half.to_json())))
    assert stored == half
    assert add_values(stored, VALUES[5000:9000]) == add_values(half, VALUES[5000:9000])
    assert sketch_from_json(Sketch().to_json()) == Sketch() == add_values(Sketch(), [])


def test_what_is_no_number_is_refused_and_of_nothing_there_is_no_quantile() -> None:
    with pytest.raises(ValueError, match="finite numbers only"):
        add_values(Sketch(), [1.0, float("nan")])
    with pytest.raises(ValueError, match="at least one value"):
        Sketch().quantile(0.5)

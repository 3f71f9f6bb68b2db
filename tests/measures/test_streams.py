"""Streams: a state that survives restarts exactly, alarms as rare as stated, changes found and dated."""

import json
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.streams import Stream, merge, observe, observe_all, restart, start, start_at, stream_from_json

Draw = Callable[[np.random.Generator, int], "np.ndarray[tuple[int], np.dtype[np.float64]]"]

DRAWS: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy-tailed": lambda rng, n: rng.standard_t(1.5, size=n),
    "binary": lambda rng, n: (rng.random(n) < 0.05).astype(float),
    "judge-like": lambda rng, n: np.round(rng.beta(8, 2, size=n) * 4) / 4,
}


def fresh(kind: str, seed: int = 0, promise: str = "arl") -> Stream:
    name = "normal" if kind == "conformal" else "judge-like"
    reference = DRAWS[name](np.random.default_rng([seed, 1]), 500).tolist()
    return start(reference, kind=kind, promise=promise, seed=seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("promise", ["arl", "pfa"])
@pytest.mark.parametrize("kind", ["bounded", "conformal"])
@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 400), max_size=5), seed=st.integers(0, 1000))
def test_a_stream_is_the_same_however_its_values_are_divided_and_however_often_it_is_stored(
    kind: str, promise: str, cuts: list[int], seed: int
) -> None:
    values = DRAWS["normal" if kind == "conformal" else "judge-like"](np.random.default_rng(seed), 400).tolist()
    whole = observe(fresh(kind, promise=promise), values)
    stream = fresh(kind, promise=promise)
    edges = [0, *sorted(cuts), 400]
    for low, high in pairwise(edges):
        stream = stream_from_json(json.loads(json.dumps(observe(stream, values[low:high]).to_json())))
    assert stream.evidence.amounts == whole.evidence.amounts
    assert (stream.source, stream.observations, stream.peak) == (whole.source, whole.observations, whole.peak)
    assert stream.change_index == whole.change_index


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["bounded", "conformal"]), st.integers(0, 300)), max_size=5))
def test_streams_together_become_what_each_becomes_alone(parts: list[tuple[str, int]]) -> None:
    streams = [fresh(kind, seed, promise="pfa" if seed % 2 else "arl") for seed, (kind, _) in enumerate(parts)]
    rng = np.random.default_rng(len(parts))
    values = [DRAWS["normal" if kind == "conformal" else "judge-like"](rng, count).tolist() for kind, count in parts]
    alone = [observe(stream, own) for stream, own in zip(streams, values, strict=True)]
    assert observe_all(streams, values) == alone


@pytest.mark.parametrize("name", DRAWS)
def test_without_a_change_alarms_are_as_rare_as_stated(name: str) -> None:
    """P(alarm within n) <= n/c, here 0.1, with the reference drawn anew each time; delta is added where the zone is estimated."""
    draw, alarms, runs = DRAWS[name], 0, 60
    for seed in range(runs):
        rng = np.random.default_rng([seed, 5])
        kind = "bounded" if name in ("binary", "judge-like") else "conformal"
        stream = start(draw(rng, 400).tolist(), kind=kind, seed=seed, delta=0.01)  # type: ignore[arg-type]
        alarms += observe(stream, draw(rng, 1000).tolist()).peak >= 10_000
    assert alarms / runs <= 0.11 + 3 * (0.11 * 0.89 / runs) ** 0.5


@pytest.mark.parametrize("kind", ["bounded", "conformal"])
def test_a_change_is_found_and_dated(kind: str) -> None:
    rng = np.random.default_rng(8)
    draw = DRAWS["normal" if kind == "conformal" else "judge-like"]
    stream = observe(fresh(kind), draw(rng, 1500).tolist())
    assert stream.peak < 1e5
    shifted = draw(rng, 300) + 1.0 if kind == "conformal" else np.maximum(draw(rng, 300) - 0.25, 0.0)
    stream = observe(stream, shifted.tolist())
    assert stream.statistic >= 1e5
    assert stream.change_index is not None
    assert abs(stream.change_index - 1500) <= 20
    assert stream.evidence.peak_at is not None
    assert 1500 < stream.evidence.peak_at < 1800
    assert not stream.warning


def test_a_restart_forgets_the_evidence_only() -> None:
    stream = observe(start_at(0.5), [1.0] * 300)
    assert stream.statistic >= 1e5
    again = restart(stream)
    assert (again.statistic, again.peak, again.change_index) == (0.0, 0.0, None)
    assert (again.observations, again.source) == (300, stream.source)
    assert observe(again, [1.0] * 300).change_index == 300


def test_the_two_promises_differ_from_the_first_observation_on() -> None:
    arl, pfa = observe(start_at(0.5), [0.5]), observe(start_at(0.5, promise="pfa"), [0.5])
    assert arl.statistic == 1.0
    assert pfa.statistic == 0.5
    assert observe(pfa, [0.5]).statistic == pytest.approx(0.5 + 1 / 6)


def test_a_false_action_is_ever_as_rare_as_stated() -> None:
    runs = 60
    ever = sum(
        observe(start_at(0.05, promise="pfa"), DRAWS["binary"](np.random.default_rng([seed, 6]), 3000).tolist()).peak
        >= 20
        for seed in range(runs)
    )
    assert ever / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5
    assert observe(start_at(0.05, promise="pfa"), [1.0, 0.0] * 20).peak >= 100


@pytest.mark.parametrize("kind", ["bounded", "conformal"])
def test_streams_of_several_machines_merge_evidence_averages_and_counts_add(kind: str) -> None:
    draw = DRAWS["normal" if kind == "conformal" else "judge-like"]
    one, two = (observe(fresh(kind), draw(np.random.default_rng(seed), 200).tolist()) for seed in (1, 2))
    both = merge([one, two])
    assert both.statistic == pytest.approx((one.statistic + two.statistic) / 2)
    assert both.observations == 400
    assert both.total == pytest.approx(one.total + two.total)
    if kind == "conformal":
        assert sum(both.source.grown) == 400  # type: ignore[union-attr]
    assert observe(both, draw(np.random.default_rng(3), 50).tolist()).observations == 450
    assert merge([one]).evidence.amounts == one.evidence.amounts


def test_streams_that_started_differently_do_not_merge() -> None:
    with pytest.raises(ValueError, match="different references cannot be merged"):
        merge([fresh("conformal", 1), fresh("conformal", 2)])
    with pytest.raises(ValueError, match="different references cannot be merged"):
        merge([start_at(0.5), start_at(0.6)])
    with pytest.raises(ValueError, match="different kinds or promises cannot be merged"):
        merge([start_at(0.5), start_at(0.5, promise="pfa")])
    with pytest.raises(ValueError, match="at least one stream"):
        merge([])


def test_a_reference_of_one_value_does_not_hide_another() -> None:
    assert observe(start([3.0] * 200), [3.0] * 500).peak < 1e4
    assert observe(start([3.0] * 200), [3.0] * 500 + [4.0] * 60).peak >= 1e5


def test_too_little_to_say_anything_is_said() -> None:
    stream = start([1.0, 2.0, 3.0] * 10)
    assert stream.shortage == "30 values, 100 are needed before the first bet"
    stream = observe(stream, [50.0] * 70)
    assert (stream.shortage, stream.statistic) == ("", 0.0)
    assert observe(stream, [1.0]).statistic > 0
    assert not start_at(0.5).shortage
    assert start([0.0, 1.0] * 10, kind="bounded").shortage.startswith("20 values")


def test_neighbours_that_are_alike_withdraw_the_promise_in_words() -> None:
    rng = np.random.default_rng(4)
    noise, walk = rng.normal(size=1500), [0.0]
    for step in noise.tolist():
        walk.append(0.5 * walk[-1] + step)
    assert "no false-alarm rate is promised: neighbouring values of the stream are alike" in (
        observe(fresh("conformal"), walk).warning
    )
    assert "values of the reference are alike" in start(walk).warning


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite numbers, not nan"):
        observe(start_at(0.5), [0.5, float("nan")])
    with pytest.raises(ValueError, match=r"1\.5 lies outside the range 0\.0 to 1\.0"):
        observe(start_at(0.5), [1.5])
    assert observe(start_at(0.5), []) == start_at(0.5)


def test_a_stored_stream_is_a_few_hundred_numbers() -> None:
    stream = observe(fresh("conformal"), DRAWS["normal"](np.random.default_rng(1), 5000).tolist())
    assert len(json.dumps(stream.to_json())) < 12_000
    assert len(json.dumps(observe(start_at(0.9), [0.9] * 5000).to_json())) < 2_000

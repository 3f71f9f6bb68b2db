"""Betting: the stated errors hold at any stopping time, and it needs no more cases than the design page says."""

import math
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.measures.sequential import MANY, Duel, Gambler, bet_on_sign, fewest_units, shuffled

MARGIN = 0.05
BENCHMARK = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "until_decided.py"))


@pytest.mark.parametrize(("cell", "cases"), [item for item in BENCHMARK["DESIGN"].items() if item[1] < 200])
def test_far_from_the_boundary_no_more_cases_are_needed_than_the_design_states(
    cell: tuple[float, float], cases: int
) -> None:
    found = BENCHMARK["simulate"](*cell, runs=3000, seed=1)
    assert found.units <= cases * 1.02
    assert (found.failed if cell[1] < 0 else found.passed) >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "cases"), [item for item in BENCHMARK["DESIGN"].items() if item[1] >= 200])
def test_near_the_boundary_no_more_cases_are_needed_than_the_design_states(
    cell: tuple[float, float], cases: int
) -> None:
    found = BENCHMARK["simulate"](*cell, runs=1500, seed=2)
    assert found.units <= cases * 1.02
    assert (found.failed if cell[1] < -MARGIN else found.passed) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("discordant", [0.2, 0.4])
def test_a_candidate_on_the_boundary_passes_and_fails_at_most_as_often_as_stated(discordant: float) -> None:
    found = BENCHMARK["simulate"](discordant, -MARGIN, runs=1500, seed=3, longest=6000)
    assert found.passed <= 0.05 + 2 * (0.05 * 0.95 / 1500) ** 0.5
    assert found.failed <= 0.05 + 2 * (0.05 * 0.95 / 1500) ** 0.5


def test_clusters_of_like_cases_are_bet_on_as_one() -> None:
    """40 clusters of ten like cases on the boundary: case by case every fifth would pass."""
    assert BENCHMARK["simulate_clusters"](runs=3000, seed=4) <= 0.025
    assert BENCHMARK["simulate_clusters"](runs=1000, seed=4, by_case=True) >= 0.15


def test_the_benchmark_bets_as_the_gambler_does() -> None:
    import numpy as np

    gains = np.random.default_rng(6).uniform(-0.9, 1.0, size=(200, 3))
    gamblers, single = BENCHMARK["Gamblers"](3, 0.95, 0.05), [Gambler(0.95, 0.05) for _ in range(3)]
    for row in gains:
        assert gamblers.bet(row) == pytest.approx(
            [one.bet(gain) for one, gain in zip(single, row.tolist(), strict=True)]
        )


def test_stopping_at_the_best_moment_gains_nothing() -> None:
    """A fair game watched for 400 units, 1,000 times: the capital ever reaches 20 in at most one out of twenty."""

    import numpy as np

    draw = np.random.default_rng(11).choice([-1.0, 1.0], size=(1000, 400))
    reached = 0
    for gains in draw.tolist():
        gambler = Gambler(1.0, 0.0)
        reached += any(gambler.bet(gain) >= 20 for gain in gains)
    assert reached / 1000 <= 0.05 + 0.014


@pytest.mark.parametrize(
    ("lift", "seed", "decided"), [(0.0, 1, "unknown"), (0.0, 2, "unknown"), (0.03, 3, "pass"), (-0.03, 4, "fail")]
)
def test_units_bet_on_together_decide_as_one_by_one(lift: float, seed: int, decided: str) -> None:
    """Also where somebody wins in the middle of many: at the same unit, with the same capital."""
    import numpy as np

    gains = np.random.default_rng(seed).uniform(-0.6 + lift, 0.6 + lift, size=3 * MANY + 77).tolist()
    together, single = (Duel((-0.7, 0.7), alpha=0.001, beta=0.002, prior=0.05) for _ in range(2))
    together.bet_on_all(gains)
    for gain in gains:
        single.bet(gain)
    assert (together.outcome, together.units) == (single.outcome, single.units)
    assert together.outcome == decided
    assert (together.above, together.below) == pytest.approx((single.above, single.below), rel=1e-9)


def test_a_gambler_keeps_the_same_books_on_many_units_as_on_each() -> None:
    import numpy as np

    gains = np.random.default_rng(9).choice([-1.0, 0.0, 0.2, 1.0], size=500)
    together, single = Gambler(1.0, -0.05), Gambler(1.0, -0.05)
    assert together.bet_on_all(gains[:300]).tolist() == pytest.approx([single.bet(g) for g in gains[:300].tolist()])
    assert [together.bet(g) for g in gains[300:].tolist()] == pytest.approx(
        [single.bet(g) for g in gains[300:].tolist()]
    )


def test_capital_is_never_negative_and_starts_at_one() -> None:
    gambler = Gambler(0.5, 0.0)
    assert gambler.capital == pytest.approx(1.0)
    for _ in range(200):
        assert gambler.bet(-0.5) >= 0.0
    assert gambler.capital < 0.7


def test_the_order_is_drawn_from_the_seed() -> None:
    gains = [0.5] * 8 + [-0.5] * 6
    first = bet_on_sign(gains, (-1, 1), alpha=0.05, beta=0.05)
    assert first == bet_on_sign(gains, (-1, 1), alpha=0.05, beta=0.05)
    assert first != bet_on_sign(gains, (-1, 1), alpha=0.05, beta=0.05, seed=1)


def test_the_winner_is_named_with_the_units_it_took() -> None:
    won = bet_on_sign([1.0] * 50, (-1, 1), alpha=0.05, beta=0.05)
    assert (won.outcome, won.units) == ("pass", 6)
    lost = bet_on_sign([-1.0] * 50, (-1, 1), alpha=0.05, beta=0.05)
    assert (lost.outcome, lost.units) == ("fail", 6)
    open_ = bet_on_sign([1.0, -1.0], (-1, 1), alpha=0.05, beta=0.05)
    assert (open_.outcome, open_.units) == ("unknown", 2)


def test_one_case_refutes_a_claim_of_perfection() -> None:
    assert bet_on_sign([0.0, 0.0, -0.5], (-1.0, 0.0), alpha=0.05, beta=0.05).outcome == "fail"
    assert bet_on_sign([0.0] * 1000, (-1.0, 0.0), alpha=0.05, beta=0.05).outcome == "unknown"


@given(
    st.lists(st.floats(-0.7, 0.3), max_size=60),
    st.floats(0.001, 0.2),
    st.floats(0.001, 0.2),
)
def test_a_duel_ends_with_the_first_winner_and_never_owes(gains: list[float], alpha: float, beta: float) -> None:
    duel = Duel((-0.7, 0.3), alpha=alpha, beta=beta)
    outcomes = [duel.bet(gain) for gain in gains]
    assert duel.above >= 0
    assert duel.below >= 0
    decided = [outcome for outcome in outcomes if outcome != "unknown"]
    assert len(set(decided)) <= 1
    assert duel.units == len(gains) - max(0, len(decided) - 1)
    if duel.outcome == "pass":
        assert duel.above >= duel.needed[0]
    if duel.outcome == "fail":
        assert duel.below >= duel.needed[1]


def test_the_expected_capital_is_one_where_the_mean_gain_is_zero() -> None:
    """Over all 2 ** 10 sequences of a fair coin."""
    total = 0.0
    for sequence in range(2**10):
        gambler = Gambler(1.0, 0.05)
        for toss in range(10):
            gambler.bet(1.0 if sequence >> toss & 1 else -1.0)
        total += gambler.capital
    assert total / 2**10 == pytest.approx(1.0)


def test_what_can_lose_without_limit_is_not_bet_on() -> None:
    duel = Duel((-math.inf, 1.0), alpha=0.05, beta=0.05)
    for _ in range(500):
        assert duel.bet(1.0) == "unknown"
    assert duel.above == pytest.approx(1.0)
    duel = Duel((-math.inf, 1.0), alpha=0.05, beta=0.05)
    assert any(duel.bet(-9.0) == "fail" for _ in range(5))


@pytest.mark.parametrize(("gain", "worst"), [(0.05, 0.95), (0.02, 1.0), (0.3, 0.5), (1.0, 1.0)])
def test_the_fewest_units_are_about_what_a_gambler_needs_who_always_wins(gain: float, worst: float) -> None:
    gambler, units = Gambler(worst, 0.0), 0
    while gambler.capital < 20:
        gambler.bet(gain)
        units += 1
    assert 0.9 * units <= fewest_units(gain, worst, 0.05) + 1 <= 1.1 * units + 2
    assert fewest_units(0.0, worst, 0.05) == fewest_units(gain, 0.0, 0.05) == math.inf


def test_an_order_is_the_seed_s() -> None:
    assert shuffled("abcdefgh", 3) == shuffled("abcdefgh", 3) != shuffled("abcdefgh", 4)
    assert sorted(shuffled("abcdefgh", 3)) == list("abcdefgh")

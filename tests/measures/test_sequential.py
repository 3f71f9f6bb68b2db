"""Betting: the stated errors hold at any stopping time, and it needs no more cases than the design page says."""

from collections.abc import Iterator

import pytest

from llmops.measures.sequential import Gambler, bet_on_sign

MARGIN = 0.05
CAP = 12_000


def units_until_decided(discordant: float, difference: float, seed: int, cap: int = CAP) -> tuple[str, int]:
    """One run on paired pass/fail cases that stops as soon as either gambler has won."""

    import numpy as np

    draw = np.random.default_rng(seed).random(cap)
    win, lose = (discordant + difference) / 2, (discordant - difference) / 2
    above, below = Gambler(1 - MARGIN, MARGIN), Gambler(1 + MARGIN, -MARGIN)
    for units, u in enumerate(draw.tolist(), start=1):
        gain = MARGIN + (1.0 if u < win else -1.0 if u < win + lose else 0.0)
        if above.bet(gain) >= 20:
            return "pass", units
        if below.bet(-gain) >= 20:
            return "fail", units
    return "unknown", cap


def many(discordant: float, difference: float, runs: int, cap: int = CAP) -> Iterator[tuple[str, int]]:
    return (units_until_decided(discordant, difference, seed, cap) for seed in range(runs))


@pytest.mark.parametrize(
    ("discordant", "difference", "outcome", "cases"),
    [
        (0.2, -0.2, "fail", 52),
        (0.2, 0.1, "pass", 68),
        (0.2, 0.2, "pass", 24),
        (0.4, -0.2, "fail", 146),
        (0.4, 0.2, "pass", 48),
    ],
)
def test_far_from_the_boundary_few_cases_decide(discordant: float, difference: float, outcome: str, cases: int) -> None:
    import numpy as np

    runs = list(many(discordant, difference, 300, 3000))
    assert np.mean([units for _, units in runs]) <= cases * 1.08
    assert sum(found == outcome for found, _ in runs) >= 0.95 * len(runs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("discordant", "difference", "cases"),
    [
        (0.2, -0.1, 640),
        (0.2, 0.0, 785),
        (0.2, 0.05, 176),
        (0.4, -0.1, 1537),
        (0.4, 0.0, 1566),
        (0.4, 0.05, 381),
        (0.4, 0.1, 154),
    ],
)
def test_near_the_boundary_no_more_cases_are_needed_than_the_design_states(
    discordant: float, difference: float, cases: int
) -> None:
    import numpy as np

    assert np.mean([units for _, units in many(discordant, difference, 400)]) <= cases


@pytest.mark.slow
@pytest.mark.parametrize("discordant", [0.2, 0.4])
def test_a_candidate_on_the_boundary_passes_at_most_as_often_as_stated(discordant: float) -> None:
    import numpy as np

    passed = [outcome == "pass" for outcome, _ in many(discordant, -MARGIN, 400, 6000)]
    assert np.mean(passed) <= 0.05 + 2 * (0.05 * 0.95 / 400) ** 0.5


def test_stopping_at_the_best_moment_gains_nothing() -> None:
    """A fair game watched for 400 units, 1,000 times: the capital ever reaches 20 in at most one out of twenty."""

    import numpy as np

    draw = np.random.default_rng(11).choice([-1.0, 1.0], size=(1000, 400))
    reached = 0
    for gains in draw.tolist():
        gambler = Gambler(1.0, 0.0)
        reached += any(gambler.bet(gain) >= 20 for gain in gains)
    assert reached / 1000 <= 0.05 + 0.014


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
    assert (won.outcome, won.units) == ("pass", 7)
    lost = bet_on_sign([-1.0] * 50, (-1, 1), alpha=0.05, beta=0.05)
    assert (lost.outcome, lost.units) == ("fail", 7)
    open_ = bet_on_sign([1.0, -1.0], (-1, 1), alpha=0.05, beta=0.05)
    assert (open_.outcome, open_.units) == ("unknown", 2)


def test_one_case_refutes_a_claim_of_perfection() -> None:
    assert bet_on_sign([0.0, 0.0, -0.5], (-1.0, 0.0), alpha=0.05, beta=0.05).outcome == "fail"
    assert bet_on_sign([0.0] * 1000, (-1.0, 0.0), alpha=0.05, beta=0.05).outcome == "unknown"

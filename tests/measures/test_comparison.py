"""Paired comparisons and rulings: against reference values and scipy, by simulation, and on the cases that fool others."""

import math
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.multitest import multipletests

from llmops.measures.comparison import (
    Ruling,
    compare_paired,
    holm,
    mcnemar,
    rule_at_least,
    rule_not_worse,
    tango,
)
from llmops.measures.flips import sign_flip
from tests.support.reference_values import reference


def pairs(wins: int, losses: int, both: int, neither: int) -> tuple[list[float], list[float]]:
    """Candidate and baseline with these counts."""
    candidate = [1.0] * wins + [0.0] * losses + [1.0] * both + [0.0] * neither
    baseline = [0.0] * wins + [1.0] * losses + [1.0] * both + [0.0] * neither
    return candidate, baseline


def test_a_paired_comparison_is_the_reference() -> None:
    paired = reference("paired")
    candidate, baseline = [float(v) for v in paired["A"]], [float(v) for v in paired["B"]]
    found = compare_paired(candidate, baseline, bounds=(0.0, 1.0))
    assert found.mean == pytest.approx(paired["diff"])
    assert found.se == pytest.approx(paired["se_diff"])
    assert (found.wins, found.losses, found.ties) == (paired["mcnemar_b"], paired["mcnemar_c"], 16)
    assert found.p == pytest.approx(paired["mcnemar_exact_p"])
    assert sign_flip([a - b for a, b in zip(candidate, baseline, strict=True)]) == paired["signflip_exact_p"]
    raw = paired["se_diff_clustered_raw"]
    clustered = compare_paired(candidate, baseline, paired["cluster"])
    assert clustered.se == pytest.approx(raw * (8 / 7) ** 0.5)


def test_pass_or_fail_is_described_by_tango_and_mcnemar() -> None:
    found = compare_paired(*pairs(12, 3, 30, 5), bounds=(0.0, 1.0))
    assert (found.method, found.p) == ("Tango", mcnemar(12, 3))
    assert found.low is not None
    assert found.high is not None
    assert tango(12, 3, 50, -found.low) == pytest.approx(1.959964, abs=1e-5)
    assert tango(12, 3, 50, -found.high) == pytest.approx(-1.959964, abs=1e-5)


def test_equal_outcomes_leave_room_for_a_difference() -> None:
    found = compare_paired(*pairs(0, 0, 40, 10), bounds=(0.0, 1.0))
    assert (found.mean, found.p) == (0.0, 1.0)
    assert found.low == pytest.approx(-0.0713, abs=1e-4)
    assert found.high == pytest.approx(0.0713, abs=1e-4)


def test_rounding_is_no_difference() -> None:
    found = compare_paired([0.1 + 0.2, 0.5], [0.3, 0.5])
    assert (found.wins, found.losses, found.ties) == (0, 0, 2)


@pytest.mark.parametrize(("wins", "losses", "n", "margin"), [(12, 2, 44, 0.1), (3, 9, 60, 0.05), (1, 7, 100, 0.02)])
def test_tango_uses_the_likeliest_shares_at_the_margin(wins: int, losses: int, n: int, margin: float) -> None:
    from scipy import optimize

    def unlikelihood(q: float) -> float:
        shares = (q - margin, q, 1 - 2 * q + margin)
        counts = (wins, losses, n - wins - losses)
        return math.fsum(-count * math.log(share) for count, share in zip(counts, shares, strict=True))

    inside = (margin + 1e-9, (1 + margin) / 2 - 1e-9)
    q = float(optimize.minimize_scalar(unlikelihood, bounds=inside, method="bounded").x)
    expected = (wins - losses + n * margin) / (n * (2 * q - margin - margin**2)) ** 0.5
    assert tango(wins, losses, n, margin) == pytest.approx(expected, abs=1e-4)


@given(wins=st.integers(0, 40), losses=st.integers(0, 40), ties=st.integers(0, 60), margin=st.floats(0.001, 0.6))
@settings(max_examples=150, deadline=None)
def test_tango_grows_with_wins_and_with_the_margin(wins: int, losses: int, ties: int, margin: float) -> None:
    n = wins + losses + ties + 1
    z = tango(wins, losses, n, margin)
    assert tango(wins + 1, losses, n, margin) >= z - 1e-9
    assert tango(wins, losses, n, min(0.99, margin * 1.2)) >= z - 1e-9
    assert tango(wins, losses, n, -margin) == pytest.approx(-tango(losses, wins, n, margin), abs=1e-6)


@pytest.mark.parametrize(("wins", "losses"), [(4, 0), (0, 0), (12, 3), (55, 40), (1000, 900)])
def test_mcnemar_is_statsmodels(wins: int, losses: int) -> None:
    expected = reference_mcnemar([[10, wins], [losses, 10]], exact=True).pvalue if wins + losses else 1.0
    assert mcnemar(wins, losses) == pytest.approx(expected, rel=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=20, deadline=None)
def test_holm_is_statsmodels(ps: list[float]) -> None:
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1].tolist())


def test_a_candidate_that_only_loses_does_not_pass() -> None:
    """One loss and no win in 60: a t bound (-0.0167 - 1.67 · 0.0167 = -0.045) would pass at a margin of 0.05."""
    ruling = rule_not_worse(*pairs(0, 1, 50, 9), margin=0.05)
    assert (ruling.outcome, ruling.method, ruling.required_n) == ("unknown", "Tango", 61)
    assert ruling.bound == pytest.approx(-0.0713, abs=1e-4)


def test_equal_outcomes_pass_only_on_enough_cases() -> None:
    assert rule_not_worse(*pairs(0, 0, 132, 0), margin=0.02).outcome == "unknown"
    assert rule_not_worse(*pairs(0, 0, 132, 0), margin=0.02).required_n == 133
    assert rule_not_worse(*pairs(0, 0, 133, 0), margin=0.02).outcome == "pass"


def test_a_clear_loss_fails_with_the_bound_that_says_so() -> None:
    ruling = rule_not_worse(*pairs(2, 30, 60, 8), margin=0.02)
    assert ruling.outcome == "fail"
    assert ruling.bound is not None
    assert ruling.bound < -0.02


def test_better_is_a_margin_of_nothing() -> None:
    assert rule_not_worse(*pairs(20, 2, 70, 8), margin=0.0).outcome == "pass"
    ruling = rule_not_worse(*pairs(3, 2, 70, 8), margin=0.0)
    assert (ruling.outcome, ruling.method, ruling.required_n) == ("unknown", "Tango", None)
    assert ruling.bound == pytest.approx(-0.0395, abs=1e-4)


def test_a_margin_of_the_whole_range_always_passes() -> None:
    assert rule_not_worse([0.0], [1.0], margin=1.0) == Ruling("pass", "the margin is the whole range")


def test_graded_scores_are_bet_on() -> None:
    import numpy as np

    draw = np.random.default_rng(2)
    baseline = draw.uniform(0.4, 0.8, 200)
    better, worse = (baseline + 0.1).tolist(), (baseline - 0.2).tolist()
    assert rule_not_worse(better, baseline.tolist(), margin=0.02) == Ruling("pass", "betting")
    assert rule_not_worse(worse, baseline.tolist(), margin=0.02) == Ruling("fail", "betting")
    few = rule_not_worse(baseline[:20].tolist(), baseline[:20].tolist(), margin=0.05)
    assert few == Ruling("unknown", "betting", None, 77)


def test_the_scale_of_the_scores_does_not_matter() -> None:
    import numpy as np

    draw = np.random.default_rng(3)
    candidate, baseline = draw.uniform(0, 1, 40).tolist(), draw.uniform(0, 1, 40).tolist()
    percent = rule_not_worse([100 * v for v in candidate], [100 * v for v in baseline], margin=10, bounds=(0, 100))
    assert percent == rule_not_worse(candidate, baseline, margin=0.1)


def test_clusters_are_the_units_of_a_ruling() -> None:
    candidate, baseline = pairs(0, 0, 150, 0)
    assert rule_not_worse(candidate, baseline, margin=0.02).outcome == "pass"
    ruling = rule_not_worse(candidate, baseline, [i // 15 for i in range(150)], margin=0.02)
    assert (ruling.outcome, ruling.method) == ("unknown", "betting")


def test_scores_without_a_range_are_not_ruled_on() -> None:
    assert rule_not_worse([3.0], [2.0], margin=1, bounds=None) == Ruling(
        "unknown", "scores without a range bound no risk"
    )
    assert rule_at_least([3.0], minimum=1, bounds=None) == Ruling("unknown", "scores without a range bound no risk")


def test_a_score_outside_its_range_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a score of 1.5 lies outside its range 0.0 to 1.0"):
        rule_at_least([0.5, 1.5], minimum=0.2)


def test_a_minimum_is_ruled_by_the_exact_bound() -> None:
    assert rule_at_least([1.0] * 29, minimum=0.9).outcome == "pass"
    ruling = rule_at_least([1.0] * 28, minimum=0.9)
    assert (ruling.outcome, ruling.method, ruling.required_n) == ("unknown", "Clopper-Pearson", 29)
    assert ruling.bound == pytest.approx(0.8985, abs=1e-4)
    assert rule_at_least([1.0] * 70 + [0.0] * 30, minimum=0.8).outcome == "fail"
    assert rule_at_least([1.0] * 95 + [0.0] * 5, minimum=0.9).required_n == 119


def test_perfection_can_be_refuted_but_not_shown() -> None:
    assert rule_at_least([1.0] * 500, minimum=1.0).outcome == "unknown"
    assert rule_at_least([1.0] * 500, minimum=1.0).required_n is None
    assert rule_at_least([1.0] * 499 + [0.0], minimum=1.0).outcome == "fail"
    assert rule_at_least([0.9] * 20, minimum=1.0).outcome == "fail"


def test_the_range_itself_can_decide() -> None:
    assert rule_at_least([0.0], minimum=0.0) == Ruling("pass", "the range of the scores decides")
    assert rule_at_least([1.0] * 9, minimum=1.2) == Ruling("fail", "the range of the scores decides")


def test_a_minimum_of_graded_scores_is_bet_on() -> None:
    import numpy as np

    values = np.random.default_rng(5).uniform(0.7, 1.0, 100).tolist()
    assert rule_at_least(values, minimum=0.7) == Ruling("pass", "betting")
    assert rule_at_least(values, minimum=0.95) == Ruling("fail", "betting")
    near = rule_at_least(values, minimum=0.84)
    assert near.outcome == "unknown"
    assert near.required_n is not None
    assert near.required_n > 100


@pytest.mark.parametrize(
    "rule",
    [
        lambda a, b: rule_not_worse([float(round(v)) for v in a], [float(round(v)) for v in b], margin=0.001),
        lambda a, b: rule_at_least([float(round(v)) for v in a], minimum=0.5),
        lambda a, b: rule_not_worse(a, b, margin=0.001),
        lambda a, b: rule_at_least(a, [i // 2 for i in range(len(a))], minimum=0.5),
    ],
)
def test_ten_thousand_cases_are_ruled_on_at_once(rule: Callable[[list[float], list[float]], Ruling]) -> None:
    draw = random.Random(9)
    candidate, baseline = [draw.random() for _ in range(10_000)], [draw.random() for _ in range(10_000)]
    started = time.process_time()
    assert rule(candidate, baseline).outcome == "unknown"
    assert time.process_time() - started < 5


def share_of(outcome: str, rulings: list[Ruling]) -> float:
    return sum(ruling.outcome == outcome for ruling in rulings) / len(rulings)


@pytest.mark.parametrize(("n", "margin"), [(50, 0.02), (100, 0.02), (300, 0.02), (200, 0.03), (100, 0.1)])
@pytest.mark.parametrize("win", [0.0, 0.05, 0.2])
def test_a_candidate_worse_by_the_margin_passes_in_at_most_six_percent(n: int, margin: float, win: float) -> None:
    """The exact error of Tango's test; a t bound has 13 to 37 % where the candidate only loses."""

    from scipy import stats

    error = 0.0
    for wins in range(n + 1):
        seen = stats.binom.pmf(wins, n, win)
        if seen > 1e-7:
            most = max((k for k in range(n - wins + 1) if tango(wins, k, n, margin) >= 1.6448536), default=-1)
            error += seen * stats.binom.cdf(most, n - wins, (win + margin) / (1 - win))
    assert error <= 0.0605


def test_a_candidate_at_the_margin_of_graded_scores_seldom_passes_or_fails() -> None:
    """Three cases in ten answered anew, with a mean of 1/2 for 2/3: a true difference of -0.05."""

    import numpy as np

    draw = np.random.default_rng(21)
    rulings = []
    for _ in range(400):
        baseline = draw.beta(4, 2, 80)
        candidate = np.where(draw.random(80) < 0.3, draw.beta(2, 2, 80), baseline)
        candidate = (
            candidate - candidate.mean() * 0
        )  # independent replacement lowers the mean by 0.3 (2/3 - 1/2) = 0.05
        rulings.append(rule_not_worse(candidate.tolist(), baseline.tolist(), margin=0.05))
    assert share_of("pass", rulings) <= 0.05
    assert share_of("fail", rulings) <= 0.05


def test_forty_clusters_of_like_cases_pass_falsely_as_seldom_as_stated() -> None:
    """Ten like cases a cluster, true difference -0.05 at a margin of 0.05: case by case 8 to 20 % would pass."""

    import numpy as np

    draw = np.random.default_rng(31)
    by_cluster, by_case = [], []
    for _ in range(400):
        signs = draw.choice([1.0, -1.0, 0.0], p=[0.075, 0.125, 0.8], size=40)
        candidate = np.repeat(0.5 + signs / 2, 10).tolist()
        baseline = np.repeat(0.5 - signs / 2, 10).tolist()
        by_cluster.append(rule_not_worse(candidate, baseline, np.repeat(np.arange(40), 10).tolist(), margin=0.05))
        by_case.append(rule_not_worse(candidate, baseline, margin=0.05))
    assert share_of("pass", by_cluster) <= 0.03
    assert share_of("pass", by_case) >= 0.08


@pytest.mark.parametrize(("n", "share"), [(40, 0.9), (200, 0.8)])
def test_a_share_at_the_minimum_seldom_passes_or_fails(n: int, share: float) -> None:
    import numpy as np

    counts = np.random.default_rng(17).binomial(n, share, 1500).tolist()
    rulings = [rule_at_least([1.0] * k + [0.0] * (n - k), minimum=share) for k in counts]
    assert share_of("pass", rulings) <= 0.05 + 0.012
    assert share_of("fail", rulings) <= 0.05 + 0.012


def test_p_values_of_no_difference_are_small_as_seldom_as_they_say() -> None:
    import numpy as np

    draw = np.random.default_rng(41)
    flipped = [sign_flip(sums) for sums in draw.standard_t(3, size=(800, 9)).tolist()]
    assert sum(p <= 0.05 for p in flipped) / 800 <= 0.05 + 0.016
    counts = draw.multinomial(60, [0.15, 0.15, 0.7], 800).tolist()
    exact = [mcnemar(wins, losses) for wins, losses, _ in counts]
    assert sum(p <= 0.05 for p in exact) / 800 <= 0.05


def test_intervals_of_paired_differences_cover_what_they_say() -> None:
    import numpy as np

    held = 0
    for wins, losses, tied in np.random.default_rng(43).multinomial(50, [0.02, 0.12, 0.86], 400).tolist():
        found = compare_paired(*pairs(wins, losses, tied, 0), bounds=(0.0, 1.0))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= -0.1 <= found.high
    assert held / 400 >= 0.93

"""Sign flips: against scipy, all flips and plain draws; and never a p that is smaller than the true one."""

import math
from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.flips import DRAWN_FLIPS, MANY, drawn_flips, nearly_normal_bound, sign_flip

ODD = list(range(1, 66))  # one size more than are drawn as counts
SHAPES = {  # absolute sums that are computed
    "of all sizes": [1 + place % 100 for place in range(6000)],
    "alike but for a few": [2000] * 5000 + ODD,
    "one large, many small": [1000] * 1100 + [1 + place % 97 for place in range(4000)],
}
HEAVY = [5000] * 40 + [1 + place % 97 for place in range(6000)]


def upper_tails(sizes: list[int]) -> tuple[float, list[float]]:
    """The standard deviation of a sum with random signs, and the exact probabilities that it is at least 0, 1, 2 …

    The characteristic function is a product of cosines; on whole numbers its Fourier transform is the distribution.
    """
    import numpy as np

    deviation = math.sqrt(sum(size * size for size in sizes))
    points = 1 << math.ceil(math.log2(12 * deviation))
    angles, wave = 2 * np.pi * np.arange(points // 2 + 1) / points, np.ones(points // 2 + 1)
    for size, count in Counter(sizes).items():
        wave *= np.cos(angles * size) ** count
    shares = np.fft.irfft(wave, points)[: points // 2]
    return deviation, np.cumsum(shares[::-1])[::-1].tolist()


def signed(sizes: list[int], total: float) -> list[float]:
    """The sizes with signs that add up to about this much."""
    left, found = total, []
    for size in sorted(sizes, reverse=True):
        found.append(math.copysign(size, left))
        left -= found[-1]
    return found


def test_sign_flips_agree_with_scipy() -> None:
    import numpy as np
    from scipy import stats

    sums = [0.3, -0.1, 0.25, 0.4, -0.05, 0.2, 0.15]
    exact = stats.permutation_test((np.asarray(sums),), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(sums) == pytest.approx(exact.pvalue)


def test_drawn_sign_flips_agree_with_exact_ones() -> None:
    import numpy as np
    from scipy import stats

    sums = [0.3, -0.1, 0.25, 0.4, -0.05, 0.2, 0.15, 0.1, -0.2, 0.12, 0.3, -0.3, 0.08, 0.22, -0.11, 0.07]
    exact = stats.permutation_test((np.asarray(sums),), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(sums, seed=5) == pytest.approx(exact.pvalue, abs=0.01)
    assert sign_flip(sums, seed=5) == sign_flip(sums, seed=5)


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=10))
@settings(max_examples=60, deadline=None)
def test_a_few_sums_are_flipped_in_all_ways(sums: list[int]) -> None:
    flips = list(product((1, -1), repeat=len(sums)))
    as_far = sum(
        abs(sum(sign * total for sign, total in zip(signs, sums, strict=True))) >= abs(sum(sums)) for signs in flips
    )
    assert sign_flip([total / 10 for total in sums]) == pytest.approx(as_far / len(flips))


def test_sums_that_differ_by_rounding_only_are_as_extreme() -> None:
    """What only rounding tells apart counts as equal, which makes p larger, never smaller."""
    sums = [1.0, 1.0 + 1e-11, -1.0, 1.0]
    assert sign_flip(sums) == sign_flip([1.0, 1.0, -1.0, 1.0]) == 10 / 16


@pytest.mark.parametrize("z", [0.6, 2.0, 3.0])
def test_sizes_drawn_as_counts_tell_what_plain_draws_and_the_exact_distribution_do(z: float) -> None:
    sizes = [1, 2, 3, 5] * 1500
    deviation, tails = upper_tails(sizes)
    sums = signed(sizes, round(z * deviation))
    extreme = abs(sum(sums))
    exact = 2 * tails[round(extreme)]
    noise = 4 * math.sqrt(exact * (1 - exact) / DRAWN_FLIPS) + 1 / DRAWN_FLIPS
    assert len(sums) > MANY
    assert sign_flip(sums, seed=7) == pytest.approx(exact, abs=noise)
    assert drawn_flips(sums, extreme, 8) / DRAWN_FLIPS == pytest.approx(exact, abs=noise)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_computed_p_is_at_least_the_exact_one_and_hardly_more(shape: str) -> None:
    """At each of the sums where it falls and just beside them: with sizes that are alike the steps are steep."""
    sizes = SHAPES[shape]
    deviation, tails = upper_tails(sizes)
    step = max(sizes) / deviation
    places = {round(z / 10 * deviation) + beside for z in range(1, 39) for beside in (0, 1)}
    places |= {2000 * k for k in range(2, 260, 6)} if shape == "alike but for a few" else set()
    for place in sorted(places):
        exact, found = 2 * tails[place], nearly_normal_bound(sizes, place)
        assert found >= min(1.0, exact), f"{found} for {exact} at {place / deviation:.2f}"
        assert found <= 1.05 * exact * math.exp(2 * step * (place / deviation + 1))


def test_a_computed_p_is_what_plain_draws_estimate() -> None:
    sizes = SHAPES["of all sizes"]
    sums = signed(sizes, 2.2 * math.sqrt(sum(size * size for size in sizes)))
    drawn = drawn_flips(sums, abs(sum(sums)), 3) / DRAWN_FLIPS
    assert sign_flip(sums, seed=1) == sign_flip(sums, seed=2)
    assert drawn - 0.002 <= sign_flip(sums) <= drawn * 1.12 + 0.004


def test_a_few_sums_that_weigh_much_are_drawn_however_many_there_are() -> None:
    deviation, tails = upper_tails(HEAVY)
    sums = signed(HEAVY, 3.0 * deviation)
    exact = 2 * tails[round(abs(sum(sums)))]
    assert sign_flip(sums, seed=4) == (1 + drawn_flips(sums, abs(sum(sums)) - 1e-6 * sum(HEAVY), 4)) / (1 + DRAWN_FLIPS)
    assert sign_flip(sums, seed=4) == pytest.approx(exact, abs=4 * math.sqrt(exact / DRAWN_FLIPS) + 1 / DRAWN_FLIPS)


@pytest.mark.parametrize(
    "sizes", [[1.0] * 6000, [1 + place / 6000 for place in range(6000)]], ids=["counts", "computed"]
)
def test_no_p_is_smaller_than_draws_can_tell(sizes: list[float]) -> None:
    assert sign_flip(sizes) == 1 / (1 + DRAWN_FLIPS)

"""The place of a change in a window, with the places that are nearly as likely, and a p that holds."""

import numpy as np

from llmops.measures.change_points import locate_change

RNG = np.random.default_rng(9)


def test_a_change_is_located_and_its_place_bounded() -> None:
    held = 0
    for _ in range(60):
        found = locate_change([*RNG.normal(size=70).tolist(), *RNG.normal(1, size=50).tolist()])
        assert found is not None
        held += found.first <= 70 <= found.last
        assert found.first <= found.index <= found.last
    assert held / 60 >= 0.9


def test_without_a_change_p_is_seldom_small() -> None:
    small = sum(
        (found := locate_change(RNG.standard_t(2, size=100).tolist())) is not None and found.p <= 0.05
        for _ in range(300)
    )
    assert small / 300 <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


def test_an_outlier_is_no_change_and_a_change_is() -> None:
    values = RNG.normal(size=100).tolist()
    outlier = locate_change([*values[:50], 1e9, *values[50:]])
    assert outlier is not None
    assert outlier.p > 0.05
    change = locate_change([*values[:50], *(value + 3 for value in values[50:])])
    assert change is not None
    assert change.p < 1e-6
    assert abs(change.index - 50) <= 2


def test_too_little_says_nothing() -> None:
    assert locate_change([1.0, 2.0] * 9) is None
    assert locate_change([1.0] * 100) is None

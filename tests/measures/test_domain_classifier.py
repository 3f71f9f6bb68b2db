"""The domain classifier: scikit-learn's weights and area, an interval that holds, and 0.5 where there is nothing to learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from llmops.measures.domain_classifier import area_under_curve, fit_logistic, separate

RNG = np.random.default_rng(6)


def test_weights_are_those_of_scikit_learn() -> None:
    rows = RNG.normal(size=(200, 5))
    labels = (rows[:, 0] - rows[:, 3] + RNG.normal(size=200) > 0.3).astype(float)
    theirs = LogisticRegression(C=1 / 2.0, tol=1e-10, max_iter=5000).fit(rows, labels).coef_[0]
    assert fit_logistic(rows, labels, penalty=2.0) == pytest.approx(theirs, abs=1e-5)


def test_rows_that_are_told_apart_without_error_have_finite_weights() -> None:
    rows = np.concatenate([np.full((30, 1), -1.0), np.full((30, 1), 1.0)])
    weights = fit_logistic(rows, np.repeat([0.0, 1.0], 30))
    assert 1 < weights[0] < 10
    assert separate(rows[:30] + 0.0, rows[30:]).auc == 1.0


def test_the_area_is_that_of_scikit_learn_with_ties() -> None:
    low, high = RNG.integers(0, 5, size=60).astype(float), RNG.integers(1, 7, size=40).astype(float)
    theirs = roc_auc_score([0] * 60 + [1] * 40, [*low, *high])
    assert area_under_curve(low, high)[0] == pytest.approx(theirs, abs=1e-12)


def test_the_interval_holds_the_area_and_nothing_is_learnt_from_nothing() -> None:
    true, held, false = 0.7602, 0, 0  # P(N(1, 1) > N(0, 1))
    for _ in range(200):
        area, se = area_under_curve(RNG.normal(size=60), RNG.normal(1, size=60))
        held += abs(area - true) <= 1.96 * se
        false += separate(RNG.normal(size=(60, 8)), RNG.normal(size=(60, 8))).p <= 0.05
    assert held / 200 >= 0.95 - 3 * (0.05 * 0.95 / 200) ** 0.5
    assert false / 200 <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5


def test_weights_say_what_has_changed() -> None:
    now = RNG.normal(size=(300, 6))
    now[:, 4] += 1.0
    found = separate(RNG.normal(size=(300, 6)) * 3, now * 3, seed=2)
    assert found.low > 0.6
    assert found.p < 1e-6
    assert int(np.argmax(np.abs(found.weights))) == 4
    assert found.weights[4] > 0


def test_windows_that_are_too_small_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \(19, 2\) and \(30, 2\) cannot be told apart; both need 20 rows"):
        separate(np.ones((19, 2)), np.ones((30, 2)))

"""Agreement of a judge with people: against scikit-learn, scipy and the reference values, and do intervals cover?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.agreement import Weights, cohen_kappa, confuse, estimate_kappa, rank_correlation
from tests.support.reference_values import reference


def test_kappa_is_the_reference() -> None:
    values = reference("agreement")
    assert estimate_kappa(values["human"], values["judge"], 2).value == pytest.approx(values["kappa"])
    ordinal = reference("agreement_ordinal")
    people, judge = ([stars - 1 for stars in ordinal[who]] for who in ("human", "judge"))
    for weights, name in (("none", "kappa"), ("linear", "kappa_linear"), ("quadratic", "kappa_quadratic")):
        kappa = cohen_kappa(confuse(people, judge, 5), weights)  # type: ignore[arg-type]
        assert kappa == pytest.approx(ordinal[name])


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40),
    st.sampled_from(["none", "quadratic"]),
)
@settings(max_examples=80, deadline=None)
def test_kappa_is_scikit_learns(pairs: list[tuple[int, int]], weights: Weights) -> None:
    from sklearn.metrics import cohen_kappa_score

    people, judge = [a for a, _ in pairs], [b for _, b in pairs]
    found = cohen_kappa(confuse(people, judge, 4), weights)
    if found is not None:
        expected = cohen_kappa_score(people, judge, labels=[0, 1, 2, 3], weights=None if weights == "none" else weights)
        assert found == pytest.approx(expected, abs=1e-9)


def test_confusion_has_people_in_rows() -> None:
    assert confuse([0, 0, 1], [0, 1, 1], 2) == ((1, 1), (0, 1))


def test_who_never_differs_has_no_kappa() -> None:
    found = estimate_kappa([1] * 20, [1] * 20, 2)
    assert (found.value, found.low, found.agreement) == (None, None, 1.0)


def test_perfect_agreement_on_few_outputs_shows_little() -> None:
    few, many = estimate_kappa([0, 1] * 3, [0, 1] * 3, 2), estimate_kappa([0, 1] * 50, [0, 1] * 50, 2)
    assert (few.value, many.value) == (1.0, 1.0)
    assert few.low is not None
    assert many.low is not None
    assert few.low < 0.4 < 0.9 < many.low


def test_the_interval_is_drawn_from_the_seed() -> None:
    people, judge = [0, 1, 1, 0, 1, 0] * 5, [0, 1, 0, 0, 1, 1] * 5
    assert estimate_kappa(people, judge, 2) == estimate_kappa(people, judge, 2)
    clustered = estimate_kappa(people, judge, 2, clusters=[i // 10 for i in range(30)])
    assert clustered.value == estimate_kappa(people, judge, 2).value


def test_the_interval_of_kappa_covers_what_it_says() -> None:
    """The judge repeats people in 7 of 10 outputs and guesses otherwise, as often good as they: kappa is 0.7."""
    import numpy as np

    draw, held, above = np.random.default_rng(1), 0, 0
    for seed in range(150):
        people = (draw.random(60) < 0.6).astype(int)
        judge = np.where(draw.random(60) < 0.7, people, (draw.random(60) < 0.6).astype(int))
        found = estimate_kappa(people.tolist(), judge.tolist(), 2, seed=seed)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.7 <= found.high
        above += found.low > 0.7
    assert held / 150 >= 0.88
    assert above / 150 <= 0.06


def test_rank_correlation_is_scipys_and_the_reference() -> None:
    from scipy import stats

    ordinal = reference("agreement_ordinal")
    found = rank_correlation(ordinal["human"], ordinal["judge"])
    assert found is not None
    assert found.value == pytest.approx(ordinal["spearman"])
    assert found.value == pytest.approx(stats.spearmanr(ordinal["human"], ordinal["judge"]).statistic)
    assert found.low is not None
    assert found.low < found.value


def test_what_never_differs_has_no_correlation() -> None:
    assert rank_correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) is None
    assert rank_correlation([1.0], [1.0]) is None
    short = rank_correlation([1.0, 2.0, 3.0], [2.0, 3.0, 9.0])
    assert short is not None
    assert (short.value, short.low) == (1.0, None)

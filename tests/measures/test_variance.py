"""Components of variance and what follows from them: against statsmodels and the reference values, and by simulation."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.measures.intervals import estimate_mean
from llmops.measures.variance import (
    Components,
    cases_for_half_width,
    cases_for_margin,
    estimate_components,
    paired_case_variance,
    pass_at_k,
    pass_every_k,
    variance,
)
from tests.support.reference_values import reference


def nested(draw: Any, n: int, repeats: int, draws: int, sds: tuple[float, float, float]) -> Any:
    """Scores of shape (n, repeats, draws) with these standard deviations of case, answer and verdict."""
    case, answer, verdict = sds
    return (
        0.5
        + draw.normal(0, case, (n, 1, 1))
        + draw.normal(0, answer, (n, repeats, 1))
        + draw.normal(0, verdict, (n, repeats, draws))
    )


def estimated(scores: Any) -> Components:
    verdicts = [variance(answer) for case in scores.tolist() for answer in case] if scores.shape[2] > 1 else []
    judge = math.fsum(verdicts) / len(verdicts) if verdicts else None
    found = estimate_components(scores.mean(axis=2).tolist(), judge=judge, draws=scores.shape[2])
    assert found is not None
    return found


def test_the_components_are_those_of_an_analysis_of_variance() -> None:
    import numpy as np
    from statsmodels.stats.oneway import anova_oneway

    scores = nested(np.random.default_rng(1), 30, 4, 1, (0.2, 0.1, 0.0))
    reference_f = anova_oneway(list(scores[:, :, 0]), use_var="equal").statistic
    found = estimated(scores)
    assert found.generation is not None
    assert 1 + 4 * found.case / found.generation == pytest.approx(reference_f)
    assert found.generation == pytest.approx(float(scores[:, :, 0].var(axis=1, ddof=1).mean()))
    assert (found.judge, found.repeats, found.draws) == (None, 4.0, 1)


def test_the_components_are_found_again_on_average() -> None:
    import numpy as np

    draw = np.random.default_rng(2)
    many = [estimated(nested(draw, 40, 3, 2, (0.2, 0.15, 0.1))) for _ in range(200)]
    assert np.mean([found.case for found in many]) == pytest.approx(0.04, rel=0.06)
    assert np.mean([found.generation for found in many if found.generation is not None]) == pytest.approx(
        0.0225, rel=0.06
    )
    assert np.mean([found.judge for found in many if found.judge is not None]) == pytest.approx(0.01, rel=0.03)


def test_what_was_not_repeated_is_part_of_what_was() -> None:
    import numpy as np

    scores = nested(np.random.default_rng(3), 4000, 1, 1, (0.2, 0.15, 0.1))
    found = estimated(scores)
    assert (found.generation, found.judge) == (None, None)
    assert found.case == pytest.approx(0.04 + 0.0225 + 0.01, rel=0.06)
    judged = estimated(nested(np.random.default_rng(3), 4000, 1, 5, (0.2, 0.15, 0.1)))
    assert judged.generation is None
    assert judged.case == pytest.approx(0.04 + 0.0225, rel=0.06)


def test_the_variance_of_the_mean_adds_up() -> None:
    import numpy as np

    scores = nested(np.random.default_rng(4), 50, 3, 2, (0.2, 0.2, 0.2))
    found = estimated(scores)
    se = estimate_mean(scores.mean(axis=(1, 2)).tolist(), bounds=None).se
    assert se is not None
    assert math.sqrt(found.of_case_mean() / 50) == pytest.approx(se)
    assert found.of_case_mean(1, 1) == pytest.approx(sum(p or 0.0 for p in (found.case, found.generation, found.judge)))


def test_one_case_has_no_spread() -> None:
    assert estimate_components([[0.1, 0.9]]) is None


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=5), min_size=2, max_size=20))
@settings(max_examples=100, deadline=None)
def test_no_component_is_negative(cases: list[list[float]]) -> None:
    found = estimate_components(cases)
    assert found is not None
    assert min(found.parts()) >= 0
    assert 1 <= found.repeats <= 5


def test_the_number_of_cases_is_the_formula() -> None:
    found = Components(0.04, 0.09, None, 3.0, 1.0)
    assert cases_for_half_width(found, 0.05, repeats=1) == math.ceil((1.959964 / 0.05) ** 2 * 0.13)
    assert cases_for_half_width(found, 0.05, repeats=3) == math.ceil((1.959964 / 0.05) ** 2 * 0.07)
    assert cases_for_half_width(Components(0.0, 0.0, None, 3.0, 1.0), 0.05, repeats=1) == 2


def test_intervals_on_the_number_of_cases_have_the_half_width() -> None:
    import numpy as np

    draw = np.random.default_rng(5)
    n = cases_for_half_width(Components(0.04, 0.09, None, 3.0, 1.0), 0.04, repeats=3)
    estimate = estimate_mean(nested(draw, n, 3, 1, (0.2, 0.3, 0.0)).mean(axis=(1, 2)).tolist(), bounds=None)
    assert estimate.high is not None
    assert estimate.high - estimate.mean == pytest.approx(0.04, rel=0.1)


def test_the_number_of_cases_for_a_margin_is_the_reference() -> None:
    """With one answer each and nothing else, it is the one-sided formula of section 2."""
    one = Components(0.1, 0.05, None, 2.0, 1.0)
    expected = math.ceil(((1.6448536 + 0.8416212) / 0.05) ** 2 * (0.02 + 0.1))
    assert cases_for_margin(one, one, 0.02, 0.05, repeats=1) == expected
    assert cases_for_margin(one, one, 0.02, 0.05, repeats=10) < expected / 3


def test_the_true_differences_vary_less_than_the_seen_ones() -> None:
    import numpy as np

    draw = np.random.default_rng(6)
    shift = draw.normal(0, 0.1, (3000, 1, 1))
    baseline, candidate = (nested(draw, 3000, 4, 1, (0.2, 0.3, 0.0)) for _ in range(2))
    candidate = candidate + shift
    differences = (candidate - baseline).mean(axis=(1, 2)).tolist()
    expected = 0.01 + 2 * 0.04
    found = paired_case_variance(differences, estimated(candidate), estimated(baseline))
    assert found == pytest.approx(expected, rel=0.1)


def test_pass_at_k_is_the_reference() -> None:
    values = reference("pass_at_k")
    assert pass_at_k(3, 10, 1) == pytest.approx(values["n10_c3_k1"])
    assert pass_at_k(3, 10, 5) == pytest.approx(values["n10_c3_k5"])
    assert pass_every_k(7, 10, 3) == pytest.approx(values["pass^k n10_c7_k3"])


@given(st.integers(1, 30), st.data())
@settings(max_examples=100, deadline=None)
def test_the_first_of_k_passes_at_least_as_often_as_all_of_them(answers: int, data: st.DataObject) -> None:
    passed, k = data.draw(st.integers(0, answers)), data.draw(st.integers(1, answers))
    some, every = pass_at_k(passed, answers, k), pass_every_k(passed, answers, k)
    assert -1e-9 <= every <= passed / answers + 1e-9 <= some + 2e-9 <= 1 + 3e-9
    if k == 1:
        assert some == pytest.approx(every)


def test_k_answers_must_be_there() -> None:
    with pytest.raises(ValueError, match="k is 4; with 3 answers a case it lies between 1 and 3"):
        pass_at_k(1, 3, 4)


def test_pass_at_k_is_unbiased() -> None:
    import numpy as np

    draw = np.random.default_rng(7)
    seen = draw.binomial(6, 0.3, 4000).tolist()
    assert np.mean([pass_at_k(x, 6, 3) for x in seen]) == pytest.approx(1 - 0.7**3, abs=0.015)
    assert np.mean([pass_every_k(x, 6, 3) for x in seen]) == pytest.approx(0.3**3, abs=0.01)

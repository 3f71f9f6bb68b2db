"""Corrected means: against the reference values, and do errors hold that are stated?"""

import math
from typing import Any

import pytest

from llmops.measures.correction import Labelled, corrected_capital, prediction_powered, rogan_gladen
from tests.support.reference_values import reference


def outputs(draw: Any, n: int, rest: int, share: float, *, clusters: int = 0) -> Labelled:
    """Outputs of which a share is good, and a judge that is lenient with a third of those that are not."""
    import numpy as np

    total = n + rest
    good = draw.random(total) < share if not clusters else np.repeat(draw.random(clusters) < share, total // clusters)
    judge = good | (draw.random(total) < 0.3)
    people, verdicts = good.astype(float), judge.astype(float)
    keys = None if not clusters else np.repeat(np.arange(clusters), total // clusters)
    return Labelled(
        people[:n].tolist(),
        verdicts[:n].tolist(),
        verdicts[n:].tolist(),
        None if keys is None else keys[:n].tolist(),
        None if keys is None else keys[n:].tolist(),
    )


def test_the_corrected_mean_is_the_reference() -> None:
    values = reference("judge_correction")
    found = prediction_powered(Labelled(values["Y"], values["f"], [1.0] * 150 + [0.0] * 50))
    assert found.trust == pytest.approx(values["ppi++_lambda(var over pooled f, ddof=1)"])
    assert found.mean == pytest.approx(values["ppi++"])
    assert found.se == pytest.approx(values["ppi++_se"])


def test_rogan_gladen_is_the_reference() -> None:
    values = reference("judge_correction")
    found = rogan_gladen([y == 1 for y in values["Y"]], [f == 1 for f in values["f"]], 150, 200)
    assert found is not None
    assert found.mean == pytest.approx(values["rogan_gladen"])
    assert found.se == pytest.approx(values["rogan_gladen_se"])


def test_a_judge_no_better_than_chance_corrects_nothing() -> None:
    assert rogan_gladen([True, False] * 10, [True] * 20, 50, 100) is None
    assert rogan_gladen([True] * 10, [True] * 10, 50, 100) is None


def test_without_other_outputs_people_decide_alone() -> None:
    found = prediction_powered(Labelled([1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0], []))
    assert (found.mean, found.trust) == (0.75, 0.0)
    with pytest.raises(ValueError, match="at least two labelled outputs"):
        prediction_powered(Labelled([1.0], [1.0], []))


def test_intervals_cover_what_they_say_though_the_judge_is_lenient() -> None:
    import numpy as np

    draw, held, width, plain = np.random.default_rng(1), 0, 0.0, 0.0
    for _ in range(400):
        found = outputs(draw, 80, 400, 0.7)
        corrected, alone = prediction_powered(found), prediction_powered(Labelled(found.people, found.judge, []))
        held += corrected.low <= 0.7 <= corrected.high
        width, plain = width + corrected.se, plain + alone.se
    assert held / 400 >= 0.92
    assert width < 0.9 * plain  # the judge is worth something


def test_clusters_are_the_units_of_a_corrected_mean() -> None:
    import numpy as np

    draw, held, careless = np.random.default_rng(2), 0, 0
    for _ in range(300):
        found = outputs(draw, 100, 300, 0.7, clusters=80)
        corrected = prediction_powered(found)
        plain = prediction_powered(Labelled(found.people, found.judge, found.judged_only))
        held += corrected.low <= 0.7 <= corrected.high
        careless += plain.low <= 0.7 <= plain.high
    assert held / 300 >= 0.9
    assert careless / 300 < 0.85


def test_a_rogan_gladen_interval_covers_what_it_says() -> None:
    import numpy as np

    draw, held = np.random.default_rng(3), 0
    for _ in range(300):
        found = outputs(draw, 150, 600, 0.7)
        corrected = rogan_gladen(
            [y == 1 for y in found.people], [f == 1 for f in found.judge], round(sum(found.judged_only)), 600
        )
        assert corrected is not None
        held += corrected.low <= 0.7 <= corrected.high
    assert held / 300 >= 0.91


@pytest.mark.parametrize("clusters", [0, 60])
def test_a_mean_at_the_limit_passes_and_fails_as_seldom_as_stated(clusters: int) -> None:
    """However lenient the judge; plain judging would pass every time."""
    import numpy as np

    draw, passed, failed = np.random.default_rng(4), 0, 0
    for _ in range(60):
        found = outputs(draw, 60, 180, 0.7, clusters=clusters)
        passed += corrected_capital(found, 0.7, above=True) >= math.log(20)
        failed += corrected_capital(found, 0.7, above=False) >= math.log(20)
    assert passed / 60 <= 0.1
    assert failed / 60 <= 0.1


def test_enough_labels_decide_both_ways() -> None:
    import numpy as np

    found = outputs(np.random.default_rng(5), 150, 600, 0.85)
    assert corrected_capital(found, 0.7, above=True) >= math.log(20)
    assert corrected_capital(found, 0.7, above=False) < 0
    assert corrected_capital(found, 0.97, above=False) >= math.log(20)


def test_a_judge_that_always_agrees_adds_what_its_outputs_know() -> None:
    import numpy as np

    draw = np.random.default_rng(6)
    good = (draw.random(800) < 0.85).astype(float).tolist()
    alone = Labelled(good[:60], good[:60], [])
    helped = Labelled(good[:60], good[:60], good[60:])
    assert corrected_capital(helped, 0.75, above=True) > corrected_capital(alone, 0.75, above=True)

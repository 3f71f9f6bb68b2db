"""Who is served worse: found where it is so, seldom said where it is not, never said of a handful."""

import numpy as np
import pytest

from llmops.measures.gaps import compare_service

RNG = np.random.default_rng(4)


def test_the_group_that_is_served_worse_comes_first() -> None:
    groups = ["de"] * 200 + ["en"] * 200 + ["fr"] * 200 + ["mt"] * 6
    values = [*(RNG.random(200) < 0.9), *(RNG.random(200) < 0.9), *(RNG.random(200) < 0.6), *[0] * 6]
    found = compare_service([float(value) for value in values], groups)
    assert found[0].group == "fr"
    assert [one.service for one in found] == ["worse", "better", "better", "not enough data"]
    assert found[0].difference is not None
    assert found[0].difference.high is not None
    assert found[0].difference.high < 0
    assert found[0].adjusted_p is not None
    assert found[0].adjusted_p >= (found[0].difference.p or 0)
    assert (found[-1].group, found[-1].difference, found[-1].mean.n) == ("mt", None, 6)


def test_lower_is_better_for_seconds() -> None:
    groups, values = ["a"] * 60 + ["b"] * 60, [*RNG.normal(1, 0.2, 60).tolist(), *RNG.normal(2, 0.2, 60).tolist()]
    found = compare_service(values, groups, bounds=None, higher_is_better=False)
    assert [(one.group, one.service) for one in found] == [("b", "worse"), ("a", "better")]


def test_groups_that_are_served_alike_are_seldom_called_otherwise() -> None:
    called = 0
    for _ in range(100):
        groups = RNG.choice(["a", "b", "c", "d", "e"], size=300).tolist()
        found = compare_service((RNG.random(300) < 0.7).astype(float).tolist(), groups)
        called += any(one.service in ("worse", "better") for one in found)
    assert called / 100 <= 0.05 + 3 * (0.05 * 0.95 / 100) ** 0.5


def test_ten_requests_of_one_user_are_one_witness() -> None:
    """Users of two groups differ a lot among each other; request by request, groups would seem to differ."""
    called, plain = 0, 0
    for _ in range(60):
        chances = RNG.random(24)
        values = (RNG.random((24, 20)) < chances[:, None]).astype(float).ravel().tolist()
        groups, users = ["a"] * 240 + ["b"] * 240, [str(user) for user in range(24) for _ in range(20)]
        called += compare_service(values, groups, users)[0].service == "worse"
        plain += compare_service(values, groups)[0].service == "worse"
    assert called / 60 <= 0.05 + 3 * (0.05 * 0.95 / 60) ** 0.5
    assert plain / 60 >= 0.3


def test_what_could_have_been_seen_stands_beside_no_difference() -> None:
    found = compare_service([0.0, 1.0] * 60, ["a"] * 60 + ["b"] * 60)
    assert [one.service for one in found] == ["no difference shown"] * 2
    assert found[0].visible == pytest.approx(2.8 * (0.25 / 59.5 * 2) ** 0.5, rel=0.03)

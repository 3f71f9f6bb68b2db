"""Likeness of numbers, JSON and lists: autoevals' tables, and scipy's assignments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.measures.likeness import best_pairs, json_likeness, list_likeness, numeric_likeness
from llmops.measures.overlap import levenshtein


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(0, 0, 1), (0, 1, 0), (1, 2, 0.66667), (1.0, 2.0, 0.66667), (-1, 2, 0), (5, 5, 1)]
)
def test_numbers_are_autoevals_table(a: float, b: float, expected: float) -> None:
    assert numeric_likeness(a, b) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "", 1),
        ("", "a", 0),
        ("ab", "ac", 0.5),
        ("abc", "axc", 0.66667),
        ("xabxcdxxefxgx", "1ab2cd34ef5g6", 0.53846),
        (None, None, 1),
        (None, "", 0),
        ([], {}, 0),
        ([], [], 1),
        ({}, {}, 1),
        ({"a": 1}, {"a": 1}, 1),
        ({"a": 1}, {"a": 2}, 0.66667),
        ({"a": 1}, ["a", 1], 4 / 7),
        ({"a": 1}, {"b": {"a": 1}}, 0),
        ({"a": 1}, {"a": None}, 0),
        ({"mapping": {"a": "foo", "b": "bar"}}, {"mapping": {"a": "Foo", "b": "Bar"}, "Extra": 5}, 1 / 3),
        ({"o1": {"x": 2, "y": 2}}, {"o1": {"y": 2, "x": 1}}, 0.83333),
        ({"x": 1, "y": 2}, {"x": 1, "z": 2}, 1 / 3),
        ([1, 2], [2, 1], 0.66667),
        (True, True, 1),
    ],
)
def test_json_is_autoevals_table(a: Json, b: Json, expected: float) -> None:
    assert json_likeness(a, b) == pytest.approx(expected, abs=1e-4)
    assert json_likeness(b, a) == pytest.approx(expected, abs=1e-4)


def test_true_is_not_one() -> None:
    assert json_likeness(True, 1) < 0.5


@pytest.mark.parametrize(
    ("output", "expected", "value"),
    [
        ([], [], 1.0),
        (["0"], [], 0.0),
        ([], ["0"], 0.0),
        (["a"], ["a"], 1.0),
        (["a"], ["a", "b"], 0.5),
        (["a", "b"], ["b", "a"], 1.0),
        (["workspaces", "section", "view"], ["section", "view", "workspaces"], 1.0),
    ],
)
def test_lists_are_paired_as_well_as_they_can_be(output: list[str], expected: list[str], value: float) -> None:
    assert list_likeness(output, expected, levenshtein) == pytest.approx(value)


@given(
    st.integers(1, 7).flatmap(
        lambda width: st.lists(st.lists(st.floats(0, 1), min_size=width, max_size=width), min_size=1, max_size=7)
    )
)
@settings(max_examples=150, deadline=None)
def test_the_best_pairs_are_scipys(table: list[list[float]]) -> None:
    from scipy.optimize import linear_sum_assignment

    gains = np.array(table)
    rows, columns = linear_sum_assignment(-gains)
    found = best_pairs(table)
    assert len(found) == min(gains.shape)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == len(found)
    assert sum(table[i][j] for i, j in found) == pytest.approx(gains[rows, columns].sum())


numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(a=values, b=values)
@settings(max_examples=150, deadline=None)
def test_likeness_lies_between_0_and_1_and_a_value_equals_itself(a: Json, b: Json) -> None:
    assert 0.0 <= json_likeness(a, b) <= 1.0 + 1e-12
    assert json_likeness(a, b) == pytest.approx(json_likeness(b, a))
    assert json_likeness(a, a) == pytest.approx(1.0)

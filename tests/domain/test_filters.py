"""Filters mean the same in every store."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.domain.filters import admits, tokens, wanted

PLAIN = st.one_of(st.text(), st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False))


def test_every_key_must_hold_and_a_list_means_any() -> None:
    chunk = {"tenant": "a", "lang": "de", "page": 3}
    assert admits(wanted({"tenant": "a", "lang": ["en", "de"]}), chunk)
    assert not admits(wanted({"tenant": "a", "lang": "en"}), chunk)
    assert not admits(wanted({"tenant": "a", "absent": "x"}), chunk)
    assert not admits(wanted({"tenant": []}), chunk)
    assert admits(wanted({}), chunk)
    assert admits(wanted(None), {})


def test_numbers_texts_and_truth_are_three_things() -> None:
    assert admits(wanted({"year": 2024}), {"year": 2024.0})
    assert not admits(wanted({"year": "2024"}), {"year": 2024})
    assert not admits(wanted({"flag": 1}), {"flag": True})
    assert not admits(wanted({"flag": "true"}), {"flag": True})
    assert not admits(wanted({"a": 2**53}), {"a": 2**53 + 1})
    assert admits(wanted({"a": 0}), {"a": -0.0})


def test_what_cannot_be_equal_to_anything_has_no_token() -> None:
    assert tokens({"a": None, "b": ["x"], "c": {"d": 1}, "e": math.nan, "f": math.inf, "g": "x"}) == ['["g","x"]']


@pytest.mark.parametrize("value", [None, {"$ne": "a"}, math.nan, ["a", None]])
def test_a_filter_never_means_any_by_accident(value: object) -> None:
    with pytest.raises(
        InputError, match=r"(?s)filter 'tenant' is .*, which no chunk can be equal to.*or a list of those"
    ):
        wanted({"tenant": value})


@given(st.text(), PLAIN, st.text(), PLAIN)
def test_tokens_are_equal_exactly_if_key_and_value_are(key: str, value: object, other: str, second: object) -> None:
    [one], [two] = tokens({key: value}), tokens({other: second})
    same = key == other and value == second and isinstance(value, bool) == isinstance(second, bool)
    assert (one == two) == same
    assert one == tokens({key: json.loads(json.dumps(value))})[0]


@given(st.text(min_size=150, max_size=500))
def test_tokens_are_short_ascii_that_every_database_stores(value: str) -> None:
    [token] = tokens({"key": value})
    assert len(token) <= 200
    assert token.isascii()
    assert token.isprintable()

"""Plain scalars and parser events."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.text.yaml import parse_yaml
from llmops.text.yaml_builder import plain_value

words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "S"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(values)
def test_json_is_yaml_and_comes_back_unchanged(value: Json) -> None:
    assert parse_yaml(json.dumps(value, ensure_ascii=False), "f").data == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), ("NULL", None), ("True", True), ("-12", -12), ("+1.5", 1.5), ("007", "007"), ("1.2.3", "1.2.3")],
)
def test_plain_scalars(text: str, value: Json) -> None:
    assert plain_value(text) == value


def test_a_number_too_large_for_a_float_stays_text() -> None:
    assert plain_value("1e999") == "1e999"

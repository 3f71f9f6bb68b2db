"""JSON with lines."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.text.json_document import parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(VALUES, st.sampled_from([None, 2]))
def test_it_reads_what_json_reads(value: Json, indent: int | None) -> None:
    assert parse_json(json.dumps(value, indent=indent), "x.json").data == value


def test_keys_and_items_know_their_lines() -> None:
    document = parse_json('{"a": 1,\n "b": [\n  {"c": "x"},\n  2\n ]\n}\n', "x.json")
    assert document.lines == {("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 0, "c"): 3, ("b", 1): 4}


def test_a_pair_of_escapes_is_one_character() -> None:
    assert parse_json('{"a": "\\ud83d\\ude00"}', "x.json").data == {"a": "😀"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.json:1: this is no JSON: Expecting value"),
        ('{"a": 1,\n}', "x.json:2: this is no JSON: Expecting property name"),
        ('{"a": 1\n"b": 2}', "x.json:2: this is no JSON: Expecting ',' delimiter"),
        ("[1\n, 2] x", "x.json:2: this is no JSON: Extra data"),
        ("[NaN]", "x.json:1: this is no JSON: NaN is not in JSON"),
        ('{"a": 1,\n "a": 2}', "x.json:2: the key 'a' stands here twice"),
        ("[" * 100, "x.json:1: this JSON is nested too deeply"),
        ('["open', "x.json:1: this is no JSON: Unterminated string"),
    ],
)
def test_what_is_no_json_is_refused_at_its_line(text: str, message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        parse_json(text, "x.json")

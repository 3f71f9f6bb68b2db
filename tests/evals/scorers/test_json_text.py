"""Strict JSON out of an output, and one kind of error for all that is none."""

import pytest

from llmops.core.hashing import Json
from llmops.evals.scorers.json_text import parse_json_output


@pytest.mark.parametrize(("text", "value"), [("1", 1), (' {"a": [null]} ', {"a": [None]}), ('"x"', "x")])
def test_one_value_is_read(text: str, value: Json) -> None:
    assert parse_json_output(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ("NaN", "NaN is not in JSON"),
        ("{} {}", "Extra data"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_everything_else_is_a_value_error(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_json_output(text)

"""Texts are found wherever the API lets people put them."""

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.guard.bodies.places import OpenAiShape, calls_in, get, put, shape_of, system_prompt
from llmops.guard.protocol import Called

OPENAI = OpenAiShape()


def texts(body: Json, *, answered: bool = False) -> list[Json]:
    places = OPENAI.answered(body) if answered else OPENAI.asked(body)
    return [get(body, place) for place in places]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]}, ["U"]),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "A"}, {"type": "image_url"}]}]}, ["A"]),
        ({"messages": [{"role": "tool", "content": "T"}]}, ["T"]),
        ({"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]}]}, ["{}"]),
        ({"prompt": "P"}, ["P"]),
        ({"prompt": ["P", "Q", [1, 2]]}, ["P", "Q"]),
        ({"input": "I"}, ["I"]),
        ({"input": ["I", "J"]}, ["I", "J"]),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": "I"}]}]}, ["I"]),
        ({"input": [{"type": "function_call_output", "output": "O"}]}, ["O"]),
        ("no map", []),
    ],
)
def test_what_is_asked(body: Json, found: list[str]) -> None:
    assert texts(body) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"choices": [{"message": {"role": "assistant", "content": "A", "reasoning_content": "R"}}]}, ["A", "R"]),
        ({"choices": [{"text": "T"}]}, ["T"]),
        ({"choices": [{"message": {"refusal": "No"}}]}, ["No"]),
        ({"output": [{"type": "message", "content": [{"type": "output_text", "text": "T"}]}]}, ["T"]),
        ({"output": [{"type": "function_call", "name": "f", "arguments": '{"a": 1}'}]}, ['{"a": 1}']),
        ({"data": [{"embedding": [0.1]}]}, []),
    ],
)
def test_what_is_answered(body: Json, found: list[str]) -> None:
    assert texts(body, answered=True) == found


def test_the_service_s_own_words_are_the_system_prompt() -> None:
    turns = [
        {"role": "system", "content": "One."},
        {"role": "developer", "content": "Two."},
        {"role": "user", "content": "x"},
    ]
    assert system_prompt({"messages": turns}) == "One.\nTwo."
    assert system_prompt({"instructions": "Three.", "input": "x"}) == "Three."


def test_tool_calls_are_found_in_any_form() -> None:
    chat = {"choices": [{"message": {"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}}]}
    assert calls_in(chat) == [Called("f", "{}")]
    assert calls_in({"output": [{"name": "g", "arguments": "1"}]}) == [Called("g", "1")]


def test_paths_lead_to_texts_and_to_all_texts_below() -> None:
    shape = shape_of("$.message", "$.out[*]")
    assert list(shape.asked({"message": "hi", "other": "x"})) == [("message",)]
    assert list(shape.answered({"out": ["a", {"b": "c", "d": 1}]})) == [("out", 0), ("out", 1, "b")]
    assert list(shape.asked({"other": "x"})) == []
    with pytest.raises(InputError, match="cannot be read"):
        shape_of("message", None)


def test_a_text_is_replaced_where_it_stands() -> None:
    body = {"a": [{"b": "x"}]}
    put(body, ("a", 0, "b"), "y")
    assert body == {"a": [{"b": "y"}]}

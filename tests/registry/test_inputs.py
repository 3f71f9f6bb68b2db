"""Declared inputs: shorthand, defaults, checks on rendering."""

import pytest

from llmops.core.errors import InvalidFile, RenderError
from llmops.core.hashing import Json
from llmops.domain.artifact import InputSpec
from llmops.domain.corpus import Context
from llmops.registry.inputs import check_defaults, fill_inputs, write_out
from llmops.text.yaml import parse_yaml

INPUTS = {
    "question": InputSpec(type="string"),
    "tone": InputSpec(type="string", default="plain", enum=("plain", "warm")),
    "count": InputSpec(type="integer", optional=True),
}


def test_shorthand_is_written_out() -> None:
    document = write_out(parse_yaml("inputs:\n  a: string\n  b:\n  c: {type: number}\n", "p"), ("inputs",))
    assert document.data["inputs"] == {"a": {"type": "string"}, "b": {"type": "any"}, "c": {"type": "number"}}
    assert document.line(("inputs", "c")) == 4


@pytest.mark.parametrize(
    ("name", "said"),
    [("history", "an input cannot be called 'history'"), ("two words", "'two words' cannot be used in a template")],
)
def test_names_that_cannot_be_inputs(name: str, said: str) -> None:
    with pytest.raises(InvalidFile, match=rf"^p:2: {said}"):
        write_out(parse_yaml(f"inputs:\n  {name}: string\n", "p"), ("inputs",))


def test_a_default_must_fit() -> None:
    document = parse_yaml("inputs:\n  n:\n    type: integer\n    default: x\n", "p")
    with pytest.raises(InvalidFile, match=r"^p:4: the default of 'n' must be of type integer, not string"):
        check_defaults({"n": InputSpec(type="integer", default="x")}, document, ("inputs",))


def test_defaults_and_optional_inputs_are_filled_in() -> None:
    assert fill_inputs(INPUTS, {"question": "a"}, "prompt/p") == {"question": "a", "tone": "plain", "count": None}
    assert fill_inputs(INPUTS, {"question": "a", "count": None}, "prompt/p")["count"] is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "prompt/p needs a value for 'question'\nGive question=…."),
        ({"question": "a", "tnoe": "warm"}, "prompt/p has no input 'tnoe'\nDid you mean 'tone'?"),
        ({"question": 3}, "the input 'question' of prompt/p must be of type string, not integer"),
        ({"question": None}, "must be of type string, not null"),
        ({"question": "a", "count": True}, "the input 'count' of prompt/p must be of type integer, not boolean"),
        ({"question": "a", "tone": "cold"}, "is 'cold', which is none of 'plain', 'warm'"),
        ({"question": "a", "count": object()}, "the value of 'count' holds a object"),
    ],
)
def test_values_that_do_not_fit(values: dict[str, Json], said: str) -> None:
    with pytest.raises(RenderError, match=r".") as caught:
        fill_inputs(INPUTS, values, "prompt/p")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", 1),
        ("number", 1.5),
        ("boolean", False),
        ("array", ("a",)),
        ("object", {"a": 1}),
        ("any", None),
        ("integer", 3),
    ],
)
def test_types(kind: str, value: Json) -> None:
    fill_inputs({"x": InputSpec.model_validate({"type": kind})}, {"x": value}, "prompt/p")


def test_contexts_may_be_contexts_maps_or_texts() -> None:
    context = Context(id="c1", text="t", score=0.5, metadata={"key": "a.md"})
    filled = fill_inputs({"contexts": InputSpec(type="array")}, {"contexts": [context, {"text": "u"}, "v"]}, "prompt/p")
    assert filled["contexts"] == [
        {"number": 1, "id": "c1", "text": "t", "score": 0.5, "metadata": {"key": "a.md"}}, {"text": "u"}, "v",
    ]  # fmt: skip

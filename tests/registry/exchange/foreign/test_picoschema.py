"""Picoschema, and inputs out of schemas."""

import pytest

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.picoschema import input_of, inputs_of, to_schema
from llmops.text.yaml import parse_yaml
from tests.support.conversions import told


def test_picoschema_is_written_out() -> None:
    schema = to_schema(
        {
            "title": "string, the title",
            "size?": "integer",
            "tags(array, some words)": "string",
            "rows(array)": {"a": "number", "b?": "any"},
            "mood(enum, how it feels)": ["glad", "sad"],
            "inner(object)": {"x": "boolean"},
            "(*)": "string",
        }
    )
    assert schema == {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "the title"},
            "size": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}, "description": "some words"},
            "rows": {
                "type": "array",
                "items": {
                    "type": "object", "properties": {"a": {"type": "number"}, "b": {}}, "additionalProperties": False,
                    "required": ["a"],
                },
            },
            "mood": {"enum": ["glad", "sad"], "description": "how it feels"},
            "inner": {
                "type": "object", "properties": {"x": {"type": "boolean"}}, "additionalProperties": False, "required": ["x"],
            },
        },
        "additionalProperties": {"type": "string"},
        "required": ["title", "tags", "rows", "mood", "inner"],
    }  # fmt: skip


def test_json_schema_stays() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert to_schema(schema) is schema


@pytest.mark.parametrize("value", ["elephant", 3, {"a": 3}, {"a b": "string"}, {"a(list)": "string"}, ["string"]])
def test_anything_else_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"of Picoschema|no Picoschema"):
        to_schema(value)


def test_inputs_take_type_description_default_and_choice() -> None:
    conversion = Conversion()
    document = parse_yaml("input: {schema: {a-b: string}}", "x.prompt")
    schema = to_schema(
        {"name": "string", "count?": "integer, how many", "mood?(enum)": ["glad"], "a-b": "string", "!": "any"}
    )
    found = inputs_of(conversion, document, ("input", "schema"), schema, {"name": "Guest", "extra": 3})
    assert found == {
        "name": {"type": "string", "default": "Guest"},
        "count": {"type": "integer", "description": "how many", "optional": True},
        "mood": {"type": "any", "enum": ["glad"], "optional": True},
        "a_b": "string",
        "extra": {"type": "any", "default": 3},
    }
    assert told(conversion) == ["x.prompt:1: the input '!' has no name that a template could use; left out"]


def test_a_type_that_may_be_null_is_optional() -> None:
    assert input_of({"type": ["string", "null"]}, None, optional=False) == {"type": "string", "optional": True}
    assert input_of({"type": "file"}, None, optional=False) == "any"

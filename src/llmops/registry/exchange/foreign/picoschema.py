"""Picoschema, Dotprompt's short form of JSON Schema, written out; and the inputs of a prompt out of a JSON Schema."""

import re
from collections.abc import Mapping
from typing import Final

from llmops.core.hashing import Json
from llmops.registry.exchange.foreign.conversion import Conversion
from llmops.registry.exchange.foreign.prompt_text import variable
from llmops.text.yaml import YamlDocument
from llmops.text.yaml_builder import Place

_SCALARS: Final = ("string", "number", "integer", "boolean", "null")
_KEY: Final = re.compile(
    r"\s*([^?(\s]+)\s*(\?)?\s*(?:\(\s*(array|object|enum|\*)\s*(?:,\s*(.*?))?\s*\))?\s*\??\s*", re.DOTALL
)
_INPUT_TYPES: Final = ("string", "integer", "number", "boolean", "array", "object")
DEFS: Final = "$defs"


def to_schema(value: Json) -> Json:
    """JSON Schema for Picoschema; a JSON Schema stays as it is.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, dict) and (value.get("type") in (*_SCALARS, "object", "array") or "$ref" in value):
        return value
    return _write_out(value)


def _write_out(value: Json) -> Json:
    if isinstance(value, str):
        name, _, description = (part.strip() for part in value.partition(","))
        if name != "any" and name not in _SCALARS:
            raise ValueError(f"{name!r} is no type of Picoschema")
        schema: dict[str, Json] = {} if name == "any" else {"type": name}
        return schema | ({"description": description} if description else {})
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is no Picoschema")
    properties: dict[str, Json] = {}
    required: list[str] = []
    extra: Json = False
    for key, inner in value.items():
        if key == "(*)":
            extra = _write_out(inner)
            continue
        found = _KEY.fullmatch(key)
        if found is None:
            raise ValueError(f"{key!r} is no key of Picoschema")
        name, optional, form, description = found.groups()
        if form == "enum":
            schema = {"enum": inner if isinstance(inner, list) else [inner]}
        elif form == "array":
            schema = {"type": "array", "items": _write_out(inner)}
        else:
            schema = _write_out(inner)
        if description:
            schema["description"] = description
        properties[name] = schema
        if not optional:
            required.append(name)
    schema = {"type": "object", "properties": properties, "additionalProperties": extra}
    return schema | ({"required": required} if required else {})


def inputs_of(
    conversion: Conversion, document: YamlDocument, at: Place, schema: Json, defaults: Mapping[str, Json]
) -> dict[str, Json]:
    """The inputs of a prompt from the JSON Schema of its values, and their defaults."""
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    required = schema.get("required", ()) if isinstance(schema, dict) else ()
    inputs: dict[str, Json] = {}
    for key in dict.fromkeys([*properties, *defaults]):
        name = variable(key)
        if name is None:
            conversion.note(document, (*at, key), f"the input {key!r} has no name that a template could use; left out")
            continue
        inputs[name] = input_of(
            properties.get(key, {}), defaults.get(key), optional=key in properties and key not in required
        )
    return inputs


def input_of(schema: Json, default: Json, *, optional: bool) -> Json:
    """One declared input, in the shortest form."""
    schema = schema if isinstance(schema, dict) else {}
    kind = schema.get("type")
    if isinstance(kind, list):
        optional = optional or "null" in kind
        kind = next((name for name in kind if name != "null"), None)
    if default is None:
        default = schema.get("default")
    field: dict[str, Json] = {"type": kind if kind in _INPUT_TYPES else "any"}
    if isinstance(schema.get("description"), str) and schema["description"]:
        field["description"] = schema["description"]
    if isinstance(schema.get("enum"), list):
        field["enum"] = schema["enum"]
    if default is not None:
        field["default"] = default
    elif optional:
        field["optional"] = True
    return field["type"] if len(field) == 1 else field

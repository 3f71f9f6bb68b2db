"""Texts that must be JSON of a certain shape."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.verdict import Finding
from llmops.guard.protocol import Subject


@dataclass(frozen=True)
class JsonSchema:
    """Find texts that are no JSON, or not of the shape that a schema describes.

    Args:
        schema: a JSON Schema; without one any JSON will do. References to other places than the schema itself are refused.
    """

    schema: Json = None
    action: ClassVar[str] = "block"

    def __post_init__(self) -> None:
        if self.schema is not None:
            validator_of(self.schema)

    def inspect(self, subject: Subject) -> Iterator[Finding]:
        """One finding over the whole text that says what is wrong first."""
        try:
            value = json.loads(subject.text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            yield Finding(0, len(subject.text), "NOT_JSON", note=f"this is no JSON: {error}")
            return
        problem = complaint_about(value, self.schema) if self.schema is not None else ""
        if problem:
            yield Finding(0, len(subject.text), "JSON_SCHEMA", note=problem)


class Validator(Protocol):
    """A compiled schema."""

    def iter_errors(self, instance: Json, /) -> Iterator[Json]: ...


def validator_of(schema: Json) -> Validator:
    """Compile a schema; InputError where it is none, or points outside of itself."""
    import jsonschema

    if not isinstance(schema, (dict, bool)):
        raise InputError(f"a JSON Schema is a map, not {schema!r:.60}", hint="Write schema: {type: object, …}.")
    for ref in _refs(schema):
        if not ref.startswith("#"):
            raise InputError(f"the schema refers to {ref!r}, which is not part of it", hint="Put it under $defs.")
    kind: Json = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise InputError(f"this is no JSON Schema: {error.message:.200}", hint="Look at json-schema.org.") from error
    made: Validator = kind(schema)
    return made


def complaint_about(value: Json, schema: Json) -> str:
    """What is wrong with a value first, or an empty text."""
    first = next(validator_of(schema).iter_errors(value), None)
    return f"{first.json_path}: {first.message:.200}" if first is not None else ""


def _refs(schema: Json) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from _refs(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _refs(value)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not in JSON")

"""Scorers of the output's form: a regular expression, a JSON Schema."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Score
from llmops.domain.ports import Sample
from llmops.evals.scorers.definition import Definition
from llmops.evals.scorers.json_text import parse_json_output

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from re2 import _Regexp


@dataclass(frozen=True)
class Regex(Definition):
    """Tell whether a regular expression matches the output.

    Definition: 1 if `pattern`, in RE2's syntax, matches somewhere in the output, else 0; with `full` it must match all of
    it. `ignore_case` matches regardless of case. Without `pattern` each case brings its own as `expectations.pattern`.
    Range: 0 or 1; higher is better. Empty input: an empty output is matched like any other; no pattern: not applicable.
    Source: RE2 (https://github.com/google/re2/wiki/Syntax), whose time is linear in the output; it has no look-around
    and no backreferences.
    """

    pattern: str | None = None
    full: bool = False
    ignore_case: bool = False
    name = "regex"

    def __post_init__(self) -> None:
        if self.pattern is not None:
            _compiled(self.pattern, self.ignore_case)

    def score(self, sample: Sample) -> Score:
        """Match the output."""
        pattern = sample.expectations.get("pattern") if self.pattern is None else self.pattern
        if pattern is None:
            return Score.not_applicable("no pattern, and no expectations.pattern")
        if not isinstance(pattern, str):
            raise InputError(f"expectations.pattern is {pattern!r}", hint="Write a regular expression as a text.")
        regexp = _compiled(pattern, self.ignore_case)
        match = regexp.fullmatch(sample.output) if self.full else regexp.search(sample.output)
        return Score(value=float(match is not None), passed=match is not None)


@dataclass(frozen=True)
class JsonSchema(Definition):
    """Tell whether the output is JSON that a schema allows.

    Definition: 1 if the whole output is one JSON value (RFC 8259: no NaN, no text around it) that `schema` allows, else 0
    with the first violation. Without `schema` each case brings its own as `expectations.schema`; `schema: true` allows
    any JSON. The draft is the one that `$schema` names, else 2020-12; `format` is not checked; a `$ref` may point into
    the schema itself and to the drafts, and is never fetched.
    Range: 0 or 1; higher is better. Empty input: an empty output is no JSON and scores 0; no schema: not applicable.
    Source: JSON Schema (https://json-schema.org), as the library jsonschema implements it.
    """

    schema: dict[str, Json] | bool | None = None
    name = "json_schema"

    def __post_init__(self) -> None:
        if self.schema is not None:
            _validator(json.dumps(self.schema))

    def score(self, sample: Sample) -> Score:
        """Parse the output and validate it."""
        schema = sample.expectations.get("schema") if self.schema is None else self.schema
        if schema is None:
            return Score.not_applicable("no schema, and no expectations.schema")
        validator = _validator(json.dumps(schema))
        try:
            value = parse_json_output(sample.output)
        except ValueError as error:
            return Score(value=0.0, passed=False, reason=f"no JSON: {error}")
        return _validated(validator, value)


def _validated(validator: "Validator", value: Json) -> Score:
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        error = best_match(validator.iter_errors(value))
    except Unresolvable as unresolved:
        raise InputError(
            f"the schema refers to {unresolved.ref!r}, which is not in it",
            hint="Copy it into $defs; nothing is fetched.",
        ) from unresolved
    if error is None:
        return Score(value=1.0, passed=True)
    return Score(value=0.0, passed=False, reason=f"{error.json_path}: {error.message}"[:500])


@lru_cache(maxsize=512)
def _compiled(pattern: str, ignore_case: bool) -> "_Regexp":
    import re2

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise InputError(
            f"the regular expression {pattern!r} cannot be used: {reason}",
            hint="Patterns follow RE2, without look-around and backreferences: https://github.com/google/re2/wiki/Syntax",
        ) from error


@lru_cache(maxsize=64)
def _validator(schema_text: str) -> "Validator":
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY

    schema = json.loads(schema_text)
    draft = validator_for(schema, default=Draft202012Validator)
    try:
        draft.check_schema(schema)
    except SchemaError as error:
        raise InputError(
            f"the JSON Schema cannot be used: {error.json_path}: {error.message}", hint="See https://json-schema.org."
        ) from error
    return draft(schema, registry=REGISTRY)

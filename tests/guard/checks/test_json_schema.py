import pytest

from llmops.core.errors import InputError
from llmops.guard.checks.json_schema import JsonSchema, complaint_about
from tests.support.guarded import noted, subject


def test_text_that_is_no_json_is_found() -> None:
    assert noted(JsonSchema(), subject('{"a": 1}')) == []
    assert noted(JsonSchema(), subject("{a: 1}"))[0][0] == "NOT_JSON"
    assert noted(JsonSchema(), subject("NaN")) == [("NOT_JSON", "this is no JSON: NaN is not in JSON")]
    assert noted(JsonSchema(), subject("[" * 100_000))[0][0] == "NOT_JSON"


def test_json_of_another_shape_is_found_with_its_place() -> None:
    check = JsonSchema(schema={"type": "object", "properties": {"n": {"type": "integer"}}})
    assert noted(check, subject('{"n": "1"}')) == [("JSON_SCHEMA", "$.n: '1' is not of type 'integer'")]
    assert complaint_about({"n": 1}, check.schema) == ""


def test_schemas_that_reach_outside_are_refused() -> None:
    with pytest.raises(InputError, match=r"refers to 'https://example.com/s.json', which is not part of it\nPut it"):
        JsonSchema(schema={"items": {"$ref": "https://example.com/s.json"}})
    with pytest.raises(InputError, match="a JSON Schema is a map"):
        JsonSchema(schema=[])

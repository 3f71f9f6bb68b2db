"""regex and json_schema."""

import time

import pytest

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.ports import Sample
from llmops.evals.scorers.structure import JsonSchema, Regex

PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
}


@pytest.mark.parametrize(
    ("scorer", "output", "value"),
    [
        (Regex(pattern=r"\[\d+\]"), "Paris [1]", 1.0),
        (Regex(pattern=r"^\d+$"), "12a", 0.0),
        (Regex(pattern=r"\d+", full=True), "12a", 0.0),
        (Regex(pattern=r"\d+", full=True), "12", 1.0),
        (Regex(pattern="paris"), "Paris", 0.0),
        (Regex(pattern="paris", ignore_case=True), "Paris", 1.0),
        (Regex(pattern="ü+"), "süüß", 1.0),
        (Regex(pattern="^$"), "", 1.0),
    ],
)
def test_regex(scorer: Regex, output: str, value: float) -> None:
    score = scorer.score(Sample(output=output))
    assert (score.value, score.passed) == (value, value == 1.0)


def test_each_case_may_bring_its_own_pattern() -> None:
    assert Regex().score(Sample(output="ab", expectations={"pattern": "a."})).value == 1.0
    assert Regex().score(Sample(output="ab")).status == "not_applicable"


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [(r"(?=a)b", r"invalid perl operator: \(\?="), (r"(a)\1", r"invalid escape sequence: \\1"), ("(", "missing")],
)
def test_a_pattern_that_re2_refuses_is_an_error_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(InputError, match=rf"^the regular expression .* cannot be used: {reason}") as caught:
        Regex(pattern=pattern)
    assert "without look-around and backreferences" in caught.value.hint


def test_a_pattern_that_is_no_text_is_an_error() -> None:
    with pytest.raises(InputError, match=r"expectations\.pattern is 7"):
        Regex().score(Sample(output="7", expectations={"pattern": 7}))


def test_a_pattern_that_stalls_other_engines_does_not_stall_this_one() -> None:
    started = time.process_time()
    assert Regex(pattern="(a+)+$").score(Sample(output="a" * 50_000 + "!")).value == 0.0
    assert time.process_time() - started < 30  # it would take years


@pytest.mark.parametrize(
    ("output", "value", "reason"),
    [
        ('{"name": "Ada", "age": 36}', 1.0, ""),
        ('{"age": 36}', 0.0, "$: 'name' is a required property"),
        ('{"name": "Ada", "age": "36"}', 0.0, "$.age: '36' is not of type 'integer'"),
        ("", 0.0, "no JSON: Expecting value: line 1 column 1 (char 0)"),
        ('```json\n{"name": "Ada"}\n```', 0.0, "no JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"name": NaN}', 0.0, "no JSON: NaN is not in JSON"),
    ],
)
def test_json_schema(output: str, value: float, reason: str) -> None:
    score = JsonSchema(schema=PERSON).score(Sample(output=output))
    assert (score.value, score.passed, score.reason) == (value, value == 1.0, reason)


def test_any_json_is_allowed_by_true() -> None:
    assert JsonSchema(schema=True).score(Sample(output="[1, 2]")).value == 1.0
    assert JsonSchema(schema=True).score(Sample(output="[1, 2")).value == 0.0


def test_json_nested_without_end_is_no_json() -> None:
    assert JsonSchema(schema=True).score(Sample(output="[" * 200_000)).reason.startswith("no JSON: ")


def test_each_case_may_bring_its_own_schema() -> None:
    assert JsonSchema().score(Sample(output="3", expectations={"schema": {"type": "integer"}})).value == 1.0
    assert JsonSchema().score(Sample(output="3")).status == "not_applicable"


def test_the_draft_is_the_one_that_the_schema_names() -> None:
    tuples: dict[str, Json] = {"items": [{"type": "integer"}], "additionalItems": False}
    draft7 = JsonSchema(schema={"$schema": "http://json-schema.org/draft-07/schema#", **tuples})
    assert draft7.score(Sample(output="[1, 2]")).value == 0.0


def test_a_schema_that_is_none_is_an_error() -> None:
    with pytest.raises(InputError, match=r"the JSON Schema cannot be used: \$\.type: 'strin' is not valid") as caught:
        JsonSchema(schema={"type": "strin"})
    assert caught.value.hint == "See https://json-schema.org."


def test_a_reference_to_elsewhere_is_an_error_and_is_not_fetched() -> None:
    scorer = JsonSchema(schema={"$ref": "http://127.0.0.1:9/other.json"})
    with pytest.raises(InputError, match=r"refers to 'http://127\.0\.0\.1:9/other\.json', which is not in it"):
        scorer.score(Sample(output="1"))


def test_a_reference_into_the_schema_works() -> None:
    schema = {"$defs": {"n": {"type": "integer"}}, "type": "array", "items": {"$ref": "#/$defs/n"}}
    assert JsonSchema(schema=schema).score(Sample(output="[1, 2]")).value == 1.0

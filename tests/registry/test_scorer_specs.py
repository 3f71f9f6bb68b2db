"""Scorers as people write them."""

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.registry.scorer_specs import write_out
from llmops.text.yaml_builder import Place


def complain(problem: str, hint: str, at: Place) -> InvalidFile:
    return InvalidFile("s.yaml", problem, key=".".join(map(str, at)) or None, hint=hint)


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("contains", {"scorer": "contains", "label": "contains", "arguments": {}}),
        ({"contains": None}, {"scorer": "contains", "label": "contains", "arguments": {}}),
        (
            {"rouge_l": {"min": 0.5, "name": "overlap"}},
            {"scorer": "rouge_l", "label": "overlap", "arguments": {}, "min": 0.5},
        ),
        ("pack.mod:cites", {"scorer": "pack.mod:cites", "label": "cites", "arguments": {}}),
    ],
)
def test_a_scorer_is_written_out(written: Json, full: Json) -> None:
    assert write_out(written, complain) == full


@pytest.mark.parametrize("written", ["", 3, [], {"a": 1}, {"a": {}, "b": {}}, {}, None])
def test_what_is_no_scorer_is_refused(written: Json) -> None:
    with pytest.raises(InvalidFile, match="a scorer is a name, or one name with a map of arguments") as caught:
        write_out(written, complain)
    assert caught.value.hint == "Write `- contains` or `- contains: {min: 0.7}`."


def test_a_bound_that_is_no_number_is_refused_at_its_place() -> None:
    with pytest.raises(InvalidFile, match="min of 'contains' must be a number, not True") as caught:
        write_out({"contains": {"min": True}}, complain)
    assert caught.value.key == "contains.min"

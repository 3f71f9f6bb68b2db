"""The records of datasets as cases: what is wrong with them, and the scorers that they bring."""

import json

import pytest

from llmops.core.errors import InputError, InvalidFile
from llmops.core.hashing import Json
from llmops.domain.suite import DatasetSpec, ScorerSpec
from llmops.registry.cases import read_cases
from tests.support.registries import Desk


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "evals/data/d.jsonl:1: there are no cases in this dataset"),
        ("\n\n", "there are no cases"),
        ('{"id": "a", "inputs": {"q": 1}}\n{"id": "b", "inputs": {"q": 1}}\n{"id": "a", "inputs": {"q": 2}}',
         "evals/data/d.jsonl:3: the id 'a' stands here a second time\nIt is already on line 1"),
        ('{"id": "a", "inputs": {"q": 1}}\n{"id": "b" "inputs": {}}',
         "evals/data/d.jsonl:2: this is no JSON: Expecting ',' delimiter"),
        ('{"inputs": {"q": 1}}',
         "evals/data/d.jsonl:1: 'id' is missing\nGive each case an id of its own, such as \"id\": \"q1\""),
        ('{"id": 1.5, "inputs": {"q": 1}}', "evals/data/d.jsonl:1: the id 1.5 is none"),
        ('{"id": "a"}', "evals/data/d.jsonl:1: 'inputs' is missing"),
        ('{"id": "a", "inputs": {}}', "evals/data/d.jsonl:1: 'inputs' is missing"),
        ('{"id": "a", "inputs": "why?"}', 'evals/data/d.jsonl:1: inputs must be a map, not "why?"'),
        ('{"id": "a", "inputs": {"q": 1}, "expectation": {"answer": 1}}',
         "evals/data/d.jsonl:1: unknown key 'expectation'\nDid you mean 'expectations'?"),
        ('{"id": "a", "question": "why?"}', "evals/data/d.jsonl:1: unknown key 'question'"),
        ('{"id": "a", "inputs": {"q": "\\ud800"}}', "evals/data/d.jsonl:1: this record cannot be written as JSON"),
        ("[1]", "evals/data/d.jsonl:1: a record must be an object"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_dataset(desk: Desk, text: str, said: str) -> None:
    desk.write("evals/data/d.jsonl", text)
    assert said in desk.complaint()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,question\na,why?\n", "evals/data/d.csv:1: unknown column 'question'\nColumns are id, inputs.NAME"),
        ("id,inputs.question\na\n", "evals/data/d.csv:2: 1 cells under a header of 2"),
        ("inputs.question\nwhy?\n", "evals/data/d.csv:2: 'id' is missing"),
        ("id,inputs,inputs.q\na,x,y\n", "evals/data/d.csv:2: the columns 'inputs' and 'inputs.q' exclude each other"),
    ],
)
def test_what_is_wrong_with_a_table(desk: Desk, text: str, said: str) -> None:
    desk.write("evals/data/d.csv", text)
    assert said in desk.complaint()


def test_a_yaml_record_has_its_line(desk: Desk) -> None:
    with pytest.raises(InvalidFile, match=r"^d\.yaml:3: 'inputs' is missing"):
        list(read_cases(desk.write("evals/data/d.yaml", "- id: a\n  inputs: {q: 1}\n- id: b\n"), "d.yaml"))


def case(*scorers: Json, name: str = "a") -> str:
    return json.dumps({"id": name, "inputs": {"q": 1}, "scorers": list(scorers)})


def test_a_case_may_bring_scorers(desk: Desk) -> None:
    desk.write("evals/data/d.jsonl", case("contains", {"regex": {"pattern": "x", "name": "has_x", "min": 1}}))
    assert desk.resolve("dataset/d").spec(DatasetSpec).scorers == ("contains", "has_x")
    (only,) = desk.registry.cases(desk.resolve("dataset/d"))
    assert only.scorers == (
        ScorerSpec(scorer="contains", label="contains"),
        ScorerSpec(scorer="regex", label="has_x", arguments={"pattern": "x"}, min=1),
    )


def test_every_format_can_bring_scorers_and_gives_the_same_digest(desk: Desk) -> None:
    desk.write("evals/data/a.jsonl", case({"contains": {"value": "x"}}))
    desk.write("evals/data/b.yaml", "- {id: a, inputs: {q: 1}, scorers: [contains: {value: x}]}")
    desk.write("evals/data/c.csv", 'id,inputs,scorers\na,"{""q"": 1}","[{""contains"": {""value"": ""x""}}]"\n')
    assert len({desk.resolve(f"dataset/{name}").digest for name in "abc"}) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (case({"a": {}, "b": {}}), "evals/data/d.jsonl:1: a scorer is a name, or one name with a map of arguments"),
        (case({"contains": {"min": "high"}}), "d.jsonl:1: min of 'contains' must be a number, not 'high'"),
        (case({"contains": {"min": 2, "max": 1}}), "min 2 is above max 1\nSwap them."),
        (case({"contains": {"name": ""}}), "the name of 'contains' must be text"),
        (case("contains", "contains"), "two scorers of this case are called 'contains'\nGive one of them a name"),
        ('{"id": "a", "inputs": {"q": 1}, "scorers": "contains"}', 'scorers must be a list, not "contains"'),
        (
            case({"contains": {"name": "x"}}) + "\n" + case({"regex": {"name": "x"}}, name="b"),
            "evals/data/d.jsonl:2: 'x' is regex here and contains on line 1\nOne name, one scorer",
        ),
    ],
)
def test_what_is_wrong_with_the_scorers_of_a_case(desk: Desk, text: str, said: str) -> None:
    desk.write("evals/data/d.jsonl", text)
    assert said in desk.complaint()


def test_each_distinct_scorer_is_checked_once(desk: Desk) -> None:
    path = desk.write("evals/data/d.jsonl", "\n".join(case("contains", name=str(i)) for i in range(5)))
    seen: list[str] = []
    assert len(list(read_cases(path, "d.jsonl", lambda spec: seen.append(spec.label)))) == 5
    assert seen == ["contains"]


def test_a_scorer_that_does_not_pass_the_check_is_named_with_its_line(desk: Desk) -> None:
    def refuse(spec: ScorerSpec) -> None:
        raise InputError(f"there is no scorer called {spec.scorer!r}", hint="Did you mean 'contains'?")

    path = desk.write("evals/data/d.jsonl", '{"id": "z", "inputs": {"q": 1}}\n' + case("conatins"))
    with pytest.raises(InvalidFile, match=r"^d\.jsonl:2: there is no scorer called 'conatins'") as caught:
        list(read_cases(path, "d.jsonl", refuse))
    assert (caught.value.key, caught.value.hint) == ("scorers[0]", "Did you mean 'contains'?")


def test_a_credential_in_a_case_is_refused_with_its_line(desk: Desk) -> None:
    key = "sk-ant-" + "a1" * 15
    desk.write("evals/data/d.jsonl", case() + "\n" + json.dumps({"id": "b", "inputs": {"q": key}}))
    assert "evals/data/d.jsonl:2: this looks like an Anthropic key" in desk.complaint()

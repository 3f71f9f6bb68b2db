"""Datasets: formats, digests and defects."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case
from llmops.domain.suite import DatasetSpec
from llmops.registry.datasets import make_dataset, parse_cases, read_cases
from tests.support.registries import Desk

ROWS: list[Json] = [
    {
        "id": "q1",
        "inputs": {"question": "a?"},
        "expectations": {"answer": "a", "relevant": ["x.md"]},
        "metadata": {"lang": "en"},
    },
    {"id": "2", "inputs": {"question": "b, b?"}},
]
YAML = """\
- id: q1
  metadata: {lang: en}
  expectations: {relevant: [x.md], answer: a}
  inputs: {question: a?}
- {id: 2, inputs: {question: "b, b?"}}
"""
CSV = """\
metadata.lang,id,inputs.question,expectations.answer,expectations.relevant
en,q1,a?,a,"[""x.md""]"
,2,"b, b?",,
"""


def test_neither_format_nor_order_of_keys_changes_the_digest(desk: Desk) -> None:
    lines = "\n".join(json.dumps(dict(reversed(row.items())), indent=None) for row in ROWS)
    desk.write("evals/data/a.jsonl", lines)
    desk.write("evals/data/b.yaml", YAML)
    desk.write("evals/data/c.csv", CSV)
    digests = {desk.resolve(f"dataset/{name}").digest for name in "abc"}
    assert len(digests) == 1
    spec = desk.resolve("dataset/a").spec(DatasetSpec)
    assert (spec.cases, spec.columns) == (
        2,
        ("expectations.answer", "expectations.relevant", "inputs.question", "metadata.lang"),
    )
    assert list(desk.registry.cases(desk.resolve("dataset/c"))) == [Case(**ROWS[0]), Case(**ROWS[1])]


def test_registered_cases_come_from_the_store(desk: Desk) -> None:
    path = desk.write("evals/data/a.jsonl", "\n".join(map(json.dumps, ROWS)))
    desk.register()
    path.unlink()
    assert [case.id for case in desk.registry.cases(desk.resolve("dataset/a"))] == ["q1", "2"]


def test_registered_cases_come_from_any_store(any_desk: Desk) -> None:
    any_desk.write("evals/data/a.yaml", YAML)
    any_desk.register()
    any_desk.write("evals/data/a.yaml", "- {id: x, inputs: {q: y}}")
    assert [case.id for case in any_desk.registry.cases(any_desk.resolve("dataset/a@1"))] == ["q1", "2"]
    assert [case.id for case in any_desk.registry.cases(any_desk.resolve("dataset/a"))] == ["x"]


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
        ('{"id": "a", "inputs": {"q": 1}, "scorers": ["contains"]}', "scorers of single cases are not supported"),
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
        read_cases(desk.write("evals/data/d.yaml", "- id: a\n  inputs: {q: 1}\n- id: b\n"), "d.yaml")


values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
maps = st.dictionaries(st.text(), values | st.lists(values, max_size=3), max_size=3)
cases = st.builds(Case, id=st.text(min_size=1), inputs=maps, expectations=maps, metadata=maps)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(cases, min_size=1, max_size=4))
def test_cases_come_back_as_they_were_stored(given_cases: list[Case]) -> None:
    dataset = make_dataset(given_cases)
    assert list(parse_cases(dataset.lines)) == given_cases
    assert make_dataset(parse_cases(dataset.lines)) == dataset


def test_stored_cases_are_read_one_at_a_time_and_in_slices() -> None:
    stored = parse_cases(make_dataset([Case(id=str(i), inputs={"question": f"{i}?"}) for i in range(5)]).lines)
    assert [case.id for case in stored] == ["0", "1", "2", "3", "4"]
    assert (len(stored), stored[-1].id, stored[2].inputs) == (5, "4", {"question": "2?"})
    assert [case.id for case in stored[1:4][1:]] == ["2", "3"]
    assert len(stored[:None]) == 5
    with pytest.raises(IndexError, match="out of range"):
        stored[5]

"""Datasets: formats, digests and defects."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case
from llmops.domain.suite import DatasetSpec
from llmops.registry.datasets import DatasetReader, make_dataset, parse_cases
from tests.support.registries import Desk
from tests.support.saved_datasets import save_dataset

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


def test_columns_give_the_same_digest_as_lines(desk: Desk) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    desk.write("evals/data/a.jsonl", "\n".join(map(json.dumps, ROWS)))
    nested = [
        {"id": row["id"], **{part: row.get(part) for part in ("inputs", "expectations", "metadata")}} for row in ROWS
    ]
    parquet.write_table(pa.Table.from_pylist(nested), desk.root / "evals" / "data" / "b.parquet")
    dotted = [{"id": "q1", "inputs.question": "a?", "expectations.answer": "a", "expectations.relevant": ["x.md"],
               "metadata.lang": "en"}, {"id": "2", "inputs.question": "b, b?"}]  # fmt: skip
    parquet.write_table(pa.Table.from_pylist(dotted), desk.root / "evals" / "data" / "c.parquet")
    save_dataset(desk.root / "evals" / "data" / "d" / "test", [nested[:1], nested[1:]])
    assert len({desk.resolve(f"dataset/{name}").digest for name in ("a", "b", "c", "d/test")}) == 1
    assert desk.registered() == [f"+dataset/{name}@1" for name in ("a", "b", "c", "d/test")]


def test_a_suite_names_a_saved_dataset_by_its_folder(desk: Desk) -> None:
    desk.write_all()
    save_dataset(desk.root / "evals" / "data" / "saved", [ROWS])
    desk.write("evals/docs.yaml", "target: {app: docs}\ndataset: evals/data/saved\nscorers: [contains]\n")
    assert desk.resolve("suite/docs").content["dataset"]["name"] == "saved"


def test_a_file_and_a_folder_of_one_name_are_two_too_many(desk: Desk) -> None:
    desk.write("evals/data/a.jsonl", json.dumps(ROWS[0]))
    save_dataset(desk.root / "evals" / "data" / "a", [ROWS])
    with pytest.raises(InvalidFile, match=r"evals/data/a: evals/data/a\.jsonl is dataset/a too") as caught:
        desk.resolve("dataset/a")
    assert caught.value.hint == "Rename or remove one of them."


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


def test_a_file_is_read_again_only_when_its_bytes_have_changed(desk: Desk) -> None:
    seen: list[str] = []
    reader = DatasetReader(lambda spec: seen.append(spec.label))
    case = '{"id": "a", "inputs": {"q": "one"}, "scorers": ["contains"]}\n'
    path = desk.write("evals/data/d.jsonl", case)
    first = reader.read(path, "d.jsonl")
    desk.write("evals/data/d.jsonl", case)
    assert reader.read(path, "d.jsonl") is first
    assert seen == ["contains"]
    desk.write("evals/data/d.jsonl", case.replace("one", "two"))  # as long, and perhaps within one tick of the clock
    assert parse_cases(reader.read(path, "d.jsonl").lines)[0].inputs == {"q": "two"}
    desk.write("evals/data/d.jsonl", "{}\n")
    for _ in range(2):
        with pytest.raises(InvalidFile, match="'id' is missing"):
            reader.read(path, "d.jsonl")

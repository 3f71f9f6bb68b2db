"""Records: each error names its line."""

from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.text.records import read_records


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_json_lines_with_empty_lines_between(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"id": "a"}\n\n{"id": "b\\u2028"}\n')
    assert list(read_records(path)) == [(1, {"id": "a"}), (3, {"id": "b\u2028"})]


def test_a_raw_line_separator_inside_a_string_ends_no_record(tmp_path: Path) -> None:
    assert list(read_records(written(tmp_path, "a.jsonl", '{"id": "b\u2028c"}\n'))) == [(1, {"id": "b\u2028c"})]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": }', r"a\.jsonl:2: this is no JSON: Expecting value at character 8"),
        ("[1]", r"a\.jsonl:2: a record must be an object, not \[1\]"),
        ('{"id": NaN}', r"a\.jsonl:2: NaN is no number"),
        ('{"id": 1, "id": 2}', r"a\.jsonl:2: the key 'id' stands in one object twice"),
        ('{"a": ' + "[" * 101 + "]" * 101 + "}", r"a\.jsonl:2: this record is nested too deeply"),
        ('{"a": ' + "[" * 100_000, r"a\.jsonl:2: this record is nested too deeply"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = written(tmp_path, "a.jsonl", f'{{"id": "a"}}\n{line}\n')
    with pytest.raises(InvalidFile, match=said):
        list(read_records(path, shown="a.jsonl"))


def test_csv_with_quoted_line_breaks_keeps_its_line_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'id,inputs.question\na,"two\nlines"\n\nb,"x, y"\n')
    assert list(read_records(path)) == [
        (2, {"id": "a", "inputs.question": "two\nlines"}),
        (5, {"id": "b", "inputs.question": "x, y"}),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,x\na\n", r"a\.csv:2: 1 cells under a header of 2"),
        ("id,id\n", r"a\.csv:1: the column 'id' stands there twice"),
        ("id,\n", r"a\.csv:1: a column has no name"),
        ('id\n"a"b\n', r"a\.csv:2: this is no CSV"),
    ],
)
def test_malformed_csv_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidFile, match=said):
        list(read_records(written(tmp_path, "a.csv", text), shown="a.csv"))


def test_yaml_lists(tmp_path: Path) -> None:
    assert list(read_records(written(tmp_path, "a.yaml", "- id: a\n- id: b\n"))) == [(1, {"id": "a"}), (2, {"id": "b"})]
    assert list(read_records(written(tmp_path, "b.yaml", "# nothing\n"))) == []
    with pytest.raises(InvalidFile, match=r"c\.yaml:1: the file must be a list of records"):
        list(read_records(written(tmp_path, "c.yaml", "id: a\n"), shown="c.yaml"))
    with pytest.raises(InvalidFile, match=r"d\.yaml:2: a record must be a map, not 3"):
        list(read_records(written(tmp_path, "d.yaml", "- id: a\n- 3\n"), shown="d.yaml"))


def test_an_unknown_ending_names_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidFile, match=r"records cannot be read from \.xlsx\nUse one of \.csv, \.jsonl, \.parquet, \.yaml, \.yml"
    ):
        list(read_records(tmp_path / "a.xlsx"))

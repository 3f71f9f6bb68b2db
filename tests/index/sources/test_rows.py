"""Records of files as documents."""

import json
from pathlib import Path

import pytest

from llmops.core.errors import InputError, InvalidFile
from llmops.core.hashing import Json
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import Source
from llmops.domain.source_specs import RowsSpec
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.surroundings import Surroundings


def opened(root: Path, files: str, *, tenant: str = "", **more: Json) -> Source:
    rows = RowsSpec.model_validate({"files": files, "id": "id", "text": "body", **more})
    (source,) = open_sources(
        [SourceSpec(rows=rows, metadata={"tenant": tenant} if tenant else None)], Surroundings(root)
    )
    return source


def write(root: Path, name: str, *records: dict[str, object]) -> None:
    (root / name).write_text("".join(json.dumps(record) + "\n" for record in records))


def test_each_record_is_a_document(tmp_path: Path) -> None:
    write(tmp_path, "b.jsonl", {"id": 10, "body": "ten", "lang": "en"}, {"id": 9, "body": None, "lang": None})
    (tmp_path / "a.csv").write_text('id,body,lang\nx,"two\nlines",de\n')
    source = opened(tmp_path, "*.{jsonl,csv}", metadata=["lang"], format="md", tenant="t")
    assert [(item.key, dict(item.metadata), item.format) for item in source.items()] == [
        ("a.csv#x", {"lang": "de", "tenant": "t"}, "md"),
        ("b.jsonl#10", {"lang": "en", "tenant": "t"}, "md"),
        ("b.jsonl#9", {"tenant": "t"}, "md"),
    ]
    assert [source.read(key) for key in ("a.csv#x", "b.jsonl#10", "b.jsonl#9")] == [b"two\nlines", b"ten", b""]
    assert source.name == "rows:*.{jsonl,csv}"


def test_rows_of_parquet_files_are_documents_too(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow.parquet import write_table

    write_table(pyarrow.table({"id": [2, 1], "body": ["two", "one"]}), str(tmp_path / "a.parquet"))
    source = opened(tmp_path, "*.parquet")
    assert [(item.key, source.read(item.key)) for item in source.items()] == [
        ("a.parquet#1", b"one"), ("a.parquet#2", b"two")
    ]  # fmt: skip


def test_the_token_is_the_version_or_else_a_digest_of_the_text(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", {"id": 1, "body": "one", "v": 1}, {"id": 2, "body": "two", "v": 1})
    by_text = [item.token for item in opened(tmp_path, "*.jsonl").items()]
    by_version = [item.token for item in opened(tmp_path, "*.jsonl", version="v").items()]
    write(tmp_path, "a.jsonl", {"id": 2, "body": "two!", "v": 1}, {"id": 1, "body": "one", "v": 2})
    again = [item.token for item in opened(tmp_path, "*.jsonl").items()]
    assert (again[0] == by_text[0], again[1] == by_text[1]) == (True, False)
    assert (by_version, [i.token for i in opened(tmp_path, "*.jsonl", version="v").items()]) == (["1", "1"], ["2", "1"])


@pytest.mark.parametrize(
    ("record", "more", "message"),
    [
        ({"ident": 1, "body": "x"}, {}, r"a\.jsonl:1: the record has no 'id', which rows\.id names"),
        ({"id": 1, "text": "x"}, {}, r"a\.jsonl:1: the record has no 'body'"),
        ({"id": 1, "body": "x"}, {"version": "v"}, r"no 'v', which rows\.version names"),
        ({"id": 1, "body": "x"}, {"metadata": ["lang"]}, r"no 'lang', which rows\.metadata names"),
        ({"id": None, "body": "x"}, {}, "'id' is None, which names no document"),
        ({"id": 1, "body": ["x"]}, {}, "'body' is no text"),
    ],
)
def test_a_record_that_is_no_document_stops_the_listing(
    tmp_path: Path, record: dict[str, object], more: dict[str, Json], message: str
) -> None:
    write(tmp_path, "a.jsonl", record)
    with pytest.raises(InvalidFile, match=message) as caught:
        list(opened(tmp_path, "*.jsonl", **more).items())
    assert caught.value.hint


def test_an_id_that_stands_there_twice_and_a_broken_line_stop_it_too(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", {"id": 1, "body": "x"}, {"id": 1, "body": "y"})
    with pytest.raises(InputError, match=r"lists 'a\.jsonl#1' twice"):
        list(opened(tmp_path, "*.jsonl").items())
    (tmp_path / "a.jsonl").write_text('{"id": 1, "body": "x"}\n{"id": 2,\n')
    with pytest.raises(InvalidFile, match=r"a\.jsonl:2: this is no JSON"):
        list(opened(tmp_path, "*.jsonl").items())

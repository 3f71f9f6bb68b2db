"""Parquet files and saved datasets as records: nested and dotted columns, nulls, labels, and what is damaged."""

import datetime
import decimal
import importlib.util
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from llmops.core.errors import ExtraMissing, InvalidFile
from llmops.core.hashing import Json
from llmops.text.arrow import BATCH, is_saved_dataset, read_parquet, read_saved_dataset
from tests.support.saved_datasets import save_dataset


def written(tmp_path: Path, rows: list[dict[str, Json]], schema: pa.Schema | None = None) -> Path:
    path = tmp_path / "d.parquet"
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def test_nested_and_dotted_columns_are_read_and_nulls_say_nothing(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [
        {"id": "a", "inputs": {"question": "Why?", "tone": None}, "metadata.topic": "x"},
        {"id": "b", "inputs": {"question": "How?", "tone": "kind"}, "metadata.topic": None},
    ]
    assert list(read_parquet(written(tmp_path, rows), "d.parquet")) == [
        (1, {"id": "a", "inputs": {"question": "Why?"}, "metadata.topic": "x"}),
        (2, {"id": "b", "inputs": {"question": "How?", "tone": "kind"}}),
    ]


def test_values_become_what_json_has(tmp_path: Path) -> None:
    schema = pa.schema(
        [
            ("day", pa.date32()),
            ("price", pa.decimal128(10, 2)),
            ("grades", pa.map_(pa.string(), pa.int64())),
            ("parts", pa.list_(pa.string())),
        ]
    )
    row = {
        "day": datetime.date(2026, 3, 1),
        "price": decimal.Decimal("1.50"),
        "grades": [("x", 2)],
        "parts": ["a", None],
    }
    ((_, found),) = read_parquet(written(tmp_path, [row], schema), "d.parquet")
    assert found == {"day": "2026-03-01", "price": 1.5, "grades": {"x": 2}, "parts": ["a", None]}


@pytest.mark.parametrize("value", [b"bytes", float("nan"), float("inf")])
def test_a_value_without_a_json_form_is_named_with_its_row(tmp_path: Path, value: Json) -> None:
    path = written(tmp_path, [{"x": None}, {"x": value}], pa.schema([("x", pa.array([value]).type)]))
    with pytest.raises(InvalidFile, match=r"^d\.parquet:2: .* has no JSON form") as caught:
        list(read_parquet(path, "d.parquet"))
    assert (caught.value.key, caught.value.hint) == ("x", "Write text, numbers, lists or maps.")


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    path.write_text("id,inputs\n")
    with pytest.raises(InvalidFile, match=r"^d\.parquet: this is no Parquet file"):
        list(read_parquet(path, "d.parquet"))


def test_rows_are_numbered_through_all_batches(tmp_path: Path) -> None:
    path = written(tmp_path, [{"id": str(i)} for i in range(2 * BATCH + 3)])
    assert [number for number, _ in read_parquet(path, "d.parquet")] == list(range(1, 2 * BATCH + 4))


def test_a_saved_dataset_is_read_from_all_its_files(tmp_path: Path) -> None:
    folder = save_dataset(tmp_path / "saved", [[{"id": "a"}, {"id": "b"}], [{"id": "c"}]])
    assert is_saved_dataset(folder)
    assert not is_saved_dataset(tmp_path)
    assert list(read_saved_dataset(folder, "saved")) == [(1, {"id": "a"}), (2, {"id": "b"}), (3, {"id": "c"})]


def test_class_labels_are_called_by_their_names(tmp_path: Path) -> None:
    features = {"metadata.topic": {"names": ["shop", "returns"], "_type": "ClassLabel"}}
    folder = save_dataset(tmp_path / "saved", [[{"metadata.topic": 1}]], features=features)
    assert list(read_saved_dataset(folder, "saved")) == [(1, {"metadata.topic": "returns"})]


def test_a_saved_dataset_that_is_damaged_names_the_file(tmp_path: Path) -> None:
    folder = save_dataset(tmp_path / "saved", [[{"id": "a"}]])
    (folder / "data-00000-of-00001.arrow").write_bytes(b"nothing")
    with pytest.raises(InvalidFile, match=r"^saved/data-00000-of-00001\.arrow: this cannot be read"):
        list(read_saved_dataset(folder, "saved"))
    (folder / "state.json").write_text("{")
    with pytest.raises(InvalidFile, match=r"^saved/state\.json: this cannot be read"):
        list(read_saved_dataset(folder, "saved"))


def test_a_saved_dataset_cannot_point_outside(tmp_path: Path) -> None:
    folder = save_dataset(tmp_path / "saved", [[{"id": "a"}]])
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "../secret.arrow"}]}))
    with pytest.raises(InvalidFile, match=r"lists the file '\.\./secret\.arrow'") as caught:
        list(read_saved_dataset(folder, "saved"))
    assert caught.value.hint == "Save the dataset again."


def test_a_missing_library_is_an_error_with_the_pip_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r"evals/data/d\.parquet needs pyarrow") as caught:
        list(read_parquet(tmp_path / "d.parquet", "evals/data/d.parquet"))
    assert caught.value.hint == 'pip install "llmops[data]"'

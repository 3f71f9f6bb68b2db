"""Rows of Parquet files, and of folders that the library `datasets` wrote with `save_to_disk`, read with pyarrow alone.

A column may be nested (`inputs` as a struct) or have a dotted name (`inputs.question`). A null says nothing, as an empty cell
of a CSV file does: in columns every row has every field, so there is no other way to leave one out. Nothing is fetched.
"""

import datetime
import decimal
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from llmops.core.errors import InvalidFile
from llmops.core.extras import require
from llmops.core.hashing import Json

if TYPE_CHECKING:
    from pyarrow import RecordBatch

Record: TypeAlias = tuple[int, dict[str, Json]]
"""The line, or the number of the row, and what stands there."""

BATCH: Final = 1000  # rows that are held at once
_STATE: Final = "state.json"


def read_parquet(path: Path, shown: Path | str) -> Iterator[Record]:
    """Read the rows of a Parquet file, numbered from 1.

    Raises:
        InvalidFile: it is none, or a value has no JSON form, such as bytes or NaN; with the row.
        ExtraMissing: pyarrow is not installed.
    """
    require("pyarrow", "data", needed_for=f"{shown}")
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            yield from _rows(file.iter_batches(batch_size=BATCH), shown, {})
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidFile(shown, f"this is no Parquet file: {_first_line(error)}", hint="Write it again.") from error


def is_saved_dataset(path: Path) -> bool:
    """Tell whether a folder is a dataset of the library `datasets`, saved with `save_to_disk`."""
    return (path / _STATE).is_file()


def read_saved_dataset(path: Path, shown: Path | str) -> Iterator[Record]:
    """Read the rows of a saved dataset, numbered from 1; numbers of a class label become its name.

    Raises:
        InvalidFile: a file is damaged or missing, or a value has no JSON form; with the row.
        ExtraMissing: pyarrow is not installed.
    """
    require("pyarrow", "data", needed_for=f"{shown}")
    import pyarrow

    names = _class_names(_load(path / "dataset_info.json", shown).get("features"))
    first = 1
    for listed in _load(path / _STATE, shown).get("_data_files") or []:
        name = str(listed.get("filename", "")) if isinstance(listed, dict) else ""
        if not name or Path(name).name != name:
            raise InvalidFile(shown, f"{_STATE} lists the file {name!r}", hint="Save the dataset again.")
        last = 0
        try:
            with pyarrow.memory_map(str(path / name)) as source, pyarrow.ipc.open_stream(source) as stream:
                for number, record in _rows(_small(stream), f"{shown}/{name}", names):
                    yield number + first - 1, record
                    last = number
        except (pyarrow.ArrowException, OSError) as error:
            raise InvalidFile(
                f"{shown}/{name}", f"this cannot be read: {_first_line(error)}", hint="Save the dataset again."
            ) from error
        first += last


def _small(batches: "Iterable[RecordBatch]") -> "Iterator[RecordBatch]":
    for batch in batches:
        for start in range(0, batch.num_rows, BATCH):
            yield batch.slice(start, BATCH)


def _rows(batches: "Iterable[RecordBatch]", shown: Path | str, names: Mapping[str, list[str]]) -> Iterator[Record]:
    number = 0
    for batch in batches:
        for row in batch.to_pylist(maps_as_pydicts="strict"):
            number += 1
            record = {}
            for column, value in row.items():
                if column in names and isinstance(value, int) and 0 <= value < len(names[column]):
                    value = names[column][value]
                plain = _plain(value, column, shown, number)
                if plain is not None:
                    record[column] = plain
            yield number, record


def _plain(value: Json, column: str, shown: Path | str, number: int) -> Json:
    """A value as JSON has it, nulls within maps left out."""
    if isinstance(value, dict):
        inner = {key: _plain(item, f"{column}.{key}", shown, number) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item, column, shown, number) for item in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise InvalidFile(
        shown, f"{value!r:.60} has no JSON form", line=number, key=column, hint="Write text, numbers, lists or maps."
    )


def _class_names(features: Json) -> dict[str, list[str]]:
    """The names of class labels, by column."""
    if not isinstance(features, dict):
        return {}
    return {
        column: [str(name) for name in feature["names"]]
        for column, feature in features.items()
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list)
    }


def _load(path: Path, shown: Path | str) -> dict[str, Json]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidFile(
            f"{shown}/{path.name}", f"this cannot be read: {_first_line(error)}", hint="Save the dataset again."
        ) from error
    return found if isinstance(found, dict) else {}


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]

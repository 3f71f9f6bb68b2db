"""Records from files, one mapping at a time with the line it begins on: JSON lines, CSV and YAML; rows of Parquet files, and
of folders that the library `datasets` saved, with their number. No file but a YAML one is held as a whole."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json
from llmops.text.arrow import Record, is_saved_dataset, read_parquet, read_saved_dataset
from llmops.text.yaml import parse_yaml, read_text

MAX_LINE: Final = 4_000_000  # characters of one JSON record
MAX_DEPTH: Final = 100


def read_records(path: Path, shown: Path | str | None = None) -> Iterator[Record]:
    """Read (line, mapping) pairs; the ending of the name says how. CSV values are text, under the header's names.

    `shown` is what messages call the file (the path itself by default).

    Raises:
        InvalidFile: an unknown ending, or a record that cannot be read, with its line.
        ExtraMissing: Parquet and saved datasets need pyarrow.
    """
    shown = path if shown is None else shown
    reader = read_saved_dataset if is_saved_dataset(path) else _READERS.get(path.suffix.lower())
    if reader is None:
        raise InvalidFile(
            shown,
            f"records cannot be read from {path.suffix or 'a name without ending'}",
            hint=f"Use one of {', '.join(sorted(_READERS))}.",
        )
    yield from reader(path, shown)


def is_table(path: Path) -> bool:
    """Tell whether records are rows of columns, of which a name may hold dots."""
    return path.suffix.lower() in (".csv", ".parquet") or is_saved_dataset(path)


@contextmanager
def _lines(path: Path, shown: Path | str) -> Iterator[Iterator[str]]:
    """The lines of a UTF-8 file with `\n` line ends, as they are read."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            yield iter(stream)
    except UnicodeDecodeError:
        read_text(path, shown)  # says where
        raise
    except OSError:
        read_text(path, shown)  # says why
        raise


def _json_lines(path: Path, shown: Path | str) -> Iterator[Record]:
    with _lines(path, shown) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            if len(line) > MAX_LINE:
                raise InvalidFile(
                    shown, f"a record of {len(line):,} characters is too long", line=number, hint="Split it."
                )
            yield number, _json_record(line, shown, number)


def _json_record(line: str, shown: Path | str, number: int) -> dict[str, Json]:
    try:
        record = json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InvalidFile(
            shown,
            f"this is no JSON: {error.msg} at character {error.pos + 1}",
            line=number,
            hint='Each line is one whole JSON object, such as {"id": "q1", …}.',
        ) from error
    except RecursionError as error:
        raise InvalidFile(shown, "this record is nested too deeply", line=number, hint="Flatten it.") from error
    except ValueError as error:
        raise InvalidFile(shown, str(error), line=number, hint="Change this record.") from error
    if not isinstance(record, dict):
        raise InvalidFile(shown, f"a record must be an object, not {line.strip()[:40]}", line=number, hint="Write {…}.")
    if _depth(record) > MAX_DEPTH:
        raise InvalidFile(shown, "this record is nested too deeply", line=number, hint="Flatten it.")
    return record


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands in one object twice")
    return record


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number that JSON knows")


def _depth(value: Json) -> int:
    level, here = 0, [value]
    while here:
        level += 1
        here = [
            inner
            for item in here
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return level


def _comma_separated(path: Path, shown: Path | str) -> Iterator[Record]:
    with _lines(path, shown) as lines:
        reader = csv.reader(lines, strict=True)
        header: list[str] | None = None
        start = 1
        try:
            for row in reader:
                line, start = start, reader.line_num + 1
                if not any(cell.strip() for cell in row):
                    continue
                if header is None:
                    header = _header(row, shown, line)
                elif len(row) != len(header):
                    raise InvalidFile(
                        shown,
                        f"{len(row)} cells under a header of {len(header)}",
                        line=line,
                        hint="Quote cells that contain commas.",
                    )
                else:
                    yield line, dict(zip(header, row, strict=True))
        except csv.Error as error:
            raise InvalidFile(shown, f"this is no CSV: {error}", line=start, hint="Check the quotes.") from error


def _header(row: list[str], shown: Path | str, line: int) -> list[str]:
    names = [name.strip() for name in row]
    for name in names:
        if not name or names.count(name) > 1:
            problem = f"the column {name!r} stands there twice" if name else "a column has no name"
            raise InvalidFile(shown, problem, line=line, hint="Give every column its own name.")
    return names


def _yaml_list(path: Path, shown: Path | str) -> Iterator[Record]:
    document = parse_yaml(read_text(path, shown), shown)
    if document.data is None:
        return
    if not isinstance(document.data, list):
        raise document.error((), "the file must be a list of records", hint="Begin each record with `- id: …`.")
    for index, record in enumerate(document.data):
        if not isinstance(record, dict):
            raise document.error((index,), f"a record must be a map, not {record!r}", hint="Write `- id: …`.")
        yield document.line((index,)) or 1, record


_READERS: Final[dict[str, Callable[[Path, Path | str], Iterator[Record]]]] = {
    ".jsonl": _json_lines,
    ".csv": _comma_separated,
    ".parquet": read_parquet,
    ".yaml": _yaml_list,
    ".yml": _yaml_list,
}

"""What a run keeps as files: files and folders, texts, tables, figures. Bytes go to the blobs, each content once."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sized
from pathlib import Path, PurePosixPath

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.ports import Blobs
from llmops.domain.run import RunFile


def of_bytes(blobs: Blobs, data: bytes, name: str) -> RunFile:
    """Keep bytes under a name.

    Raises:
        InputError: the name leads out of the run, or is none.
    """
    return RunFile(path=check_path(name), digest=blobs.put(data), size=len(data))


def of_file(blobs: Blobs, path: Path, name: str = "") -> RunFile:
    """Keep a file under its own name or another one.

    Raises:
        InputError: it cannot be read.
    """
    place = check_path(name or path.name)
    try:
        stored = blobs.put_file(path)
        return RunFile(path=place, digest=stored.digest, size=stored.size)
    except OSError as error:
        what = "is a folder" if path.is_dir() else f"cannot be read: {error.strerror}"
        raise InputError(f"{path} {what}", hint="run.log_folder(…) keeps folders, run.log_file(…) files.") from error


def of_folder(blobs: Blobs, path: Path, name: str = "") -> Iterator[RunFile]:
    """Keep all files of a folder, below its name or another one; what begins with a dot is left out.

    Raises:
        InputError: it is no folder.
    """
    if not path.is_dir():
        raise InputError(f"{path} is no folder", hint="run.log_file(…) keeps one file.")
    below = name or path.resolve().name
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        if file.is_file() and not any(part.startswith(".") for part in inside.parts):
            yield of_file(blobs, file, f"{below}/{inside.as_posix()}")


def of_table(blobs: Blobs, rows: Json, name: str) -> RunFile:
    """Keep a table: a list of mappings, a mapping of columns, or a data frame, as `.csv`, `.json` or `.jsonl`.

    In JSON, what is not a number becomes null.

    Raises:
        InputError: it is no table, or the name has another ending.
    """
    listed = rows.to_dict(orient="records") if hasattr(rows, "to_dict") else _rows_of(rows)
    if not isinstance(listed, list) or not all(isinstance(row, Mapping) for row in listed):
        raise InputError(
            f"{name}: a table is a list of mappings, a mapping of columns that are equally long, or a data frame, "
            f"not {type(rows).__name__}",
            hint="run.log_table([{'epoch': 1, 'loss': 0.5}], 'losses.csv')",
        )
    writers: dict[str, Callable[[list[Mapping[str, Json]]], str]] = {
        ".csv": _as_csv,
        ".json": lambda found: _as_json(found),
        ".jsonl": lambda found: "".join(f"{_as_json(row)}\n" for row in found),
    }
    return of_bytes(blobs, _writer(writers, name)(listed).encode(), name)


def of_figure(blobs: Blobs, figure: Json, name: str) -> RunFile:
    """Keep a figure of matplotlib, or the one its axes are part of (`.png`, `.svg`, `.pdf`, `.jpg`), or one of plotly (`.html`,
    `.json`).

    Raises:
        InputError: it is no figure, or the name has another ending.
    """
    if not hasattr(figure, "savefig") and hasattr(getattr(figure, "figure", None), "savefig"):
        figure = figure.figure
    if hasattr(figure, "savefig"):
        _writer(dict.fromkeys((".png", ".svg", ".pdf", ".jpg")), name)
        drawn = io.BytesIO()
        figure.savefig(drawn, format=PurePosixPath(name).suffix[1:], bbox_inches="tight")
        return of_bytes(blobs, drawn.getvalue(), name)
    if hasattr(figure, "to_html"):
        writers = {".html": lambda found: found.to_html(include_plotlyjs=True), ".json": lambda found: found.to_json()}
        return of_bytes(blobs, _writer(writers, name)(figure).encode(), name)
    raise InputError(
        f"{name}: {type(figure).__name__} is no figure of matplotlib or plotly",
        hint="Save it to a file and keep that: run.log_file('figure.png')",
    )


def check_path(name: str) -> str:
    """Return the path if a run may keep a file there, else raise InputError."""
    path = PurePosixPath(name.replace("\\", "/"))
    if not name.strip() or path.is_absolute() or ".." in path.parts or not name.isprintable() or len(name) > 500:
        raise InputError(
            f"{name[:60]!r} is no place in a run", hint="Write a relative path without '..', such as plots/roc.png."
        )
    return path.as_posix()


def _writer(writers: Mapping[str, Json], name: str) -> Json:
    ending = PurePosixPath(name).suffix.lower()
    if ending not in writers:
        raise InputError(f"{name!r} must end with {', '.join(writers)}", hint="The ending says how it is written.")
    return writers[ending]


def _rows_of(table: Json) -> Json:
    """The rows of a mapping of columns; whatever else it is as it is."""
    if not isinstance(table, Mapping) or not all(isinstance(column, Sized) for column in table.values()):
        return table
    columns = [list(column) for column in table.values() if not isinstance(column, str | bytes)]
    if len(columns) < len(table) or len({len(column) for column in columns}) > 1:
        return table
    return [dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True)]


def _as_json(value: Json) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, default=str)


def _plain(value: Json) -> Json:
    """What JSON can say of a value: a number of numpy is one, and what is not a number is null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, list):
        return _plain(plain)
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _as_csv(rows: list[Mapping[str, Json]]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

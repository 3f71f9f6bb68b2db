"""Datasets: files of cases become canonical JSON lines, so that neither format nor the order of keys changes a digest."""

import hashlib
import io
import json
import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from llmops.core.hashing import Json, canonical_json, digest_bytes
from llmops.domain.evaluation import Case
from llmops.domain.suite import DatasetSpec, ScorerSpec
from llmops.registry.cases import MAPS, accept_any, read_cases


@dataclass(frozen=True, slots=True)
class Dataset:
    """Cases as they are stored: what the version says, and the bytes of its blob."""

    spec: DatasetSpec
    lines: bytes


def make_dataset(cases: Iterable[Case]) -> Dataset:
    """Put cases into their stored form, one at a time."""
    stored = io.BytesIO()
    count = 0
    columns: set[str] = set()
    labels: set[str] = set()
    for case in cases:
        row = as_row(case)
        stored.write(canonical_json(row) + b"\n")
        count += 1
        columns.update(f"{part}.{key}" for part in MAPS for key in row.get(part, ()))
        labels.update(spec.label for spec in case.scorers)
    lines = stored.getvalue()
    spec = DatasetSpec(
        cases=count, blob=digest_bytes(lines), columns=tuple(sorted(columns)), scorers=tuple(sorted(labels))
    )
    return Dataset(spec, lines)


class DatasetReader:
    """Reads the files of datasets and keeps what the last one was, because one evaluation looks at its file several times.

    A file is the same while its bytes are; folders are read each time.
    """

    def __init__(self, check_scorer: Callable[[ScorerSpec], None] = accept_any) -> None:
        self._check_scorer = check_scorer
        self._last: tuple[tuple[Path, bytes], Dataset] | None = None

    def read(self, path: Path, shown: str) -> Dataset:
        """The dataset that a file is now; `shown` is what messages call it.

        Raises:
            InvalidFile: a record is no case, with its line.
        """
        key = _key_of(path)
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        self._last = None  # two large ones are never held
        dataset = make_dataset(read_cases(path, shown, self._check_scorer))
        if key is not None and _key_of(path) == key:  # it was not written meanwhile
            self._last = (key, dataset)
        return dataset


def _key_of(path: Path) -> tuple[Path, bytes] | None:
    """What a file is known by; None where it is a folder, or cannot be read."""
    try:
        with path.open("rb") as file:
            return path, hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return None


def as_row(case: Case) -> dict[str, Json]:
    """A case as it is stored, without what it does not say."""
    row: dict[str, Json] = {"id": case.id, "inputs": case.inputs}
    for part in ("expectations", "metadata"):
        if value := getattr(case, part):
            row[part] = value
    if case.scorers:
        row["scorers"] = [spec.model_dump(mode="json", exclude_defaults=True) for spec in case.scorers]
    return row


class StoredCases(Sequence[Case]):
    """The cases of a dataset in their stored form; each is read when it is asked for, in a tenth of a list's memory."""

    def __init__(self, lines: bytes, rows: Sequence[int] | None = None) -> None:
        self._lines = lines
        self._ends = array("Q", (found.end() for found in re.finditer(rb"[^\n]+\n?", lines)))
        self._rows: Sequence[int] = range(len(self._ends)) if rows is None else rows

    def __len__(self) -> int:
        return len(self._rows)

    def where(self, holds: Callable[[Case], bool]) -> "StoredCases":
        """Those cases for which something holds, in their order."""
        return StoredCases(
            self._lines, array("Q", (row for row, case in zip(self._rows, self, strict=True) if holds(case)))
        )

    @property
    def may_bring_scorers(self) -> bool:
        """Whether it is worth looking for scorers of single cases; True also where a text only looks like one."""
        return b'"scorers":[' in self._lines

    @overload
    def __getitem__(self, index: int) -> Case: ...

    @overload
    def __getitem__(self, index: slice) -> "StoredCases": ...

    def __getitem__(self, index: int | slice) -> "Case | StoredCases":
        if isinstance(index, slice):
            return StoredCases(self._lines, self._rows[index])
        row = self._rows[index]
        return Case(**json.loads(self._lines[self._ends[row - 1] if row else 0 : self._ends[row]]))


def parse_cases(lines: bytes) -> StoredCases:
    """Read the stored form back."""
    return StoredCases(lines)

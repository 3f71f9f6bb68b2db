"""Datasets: files of cases become canonical JSON lines, so that neither format nor the order of keys changes a digest."""

import json
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, overload

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json, canonical_json, digest_bytes
from llmops.core.names import did_you_mean
from llmops.domain.evaluation import Case
from llmops.domain.suite import DatasetSpec
from llmops.registry.secrets import refuse_secrets
from llmops.text.records import read_records
from llmops.text.yaml import read_text

_KEYS: Final = ("id", "inputs", "expectations", "metadata")
_MAPS: Final = ("inputs", "expectations", "metadata")
MAX_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Dataset:
    """Cases as they are stored: what the version says, and the bytes of its blob."""

    spec: DatasetSpec
    lines: bytes


def read_cases(path: Path, shown: str | None = None) -> list[Case]:
    """Read the cases of a `.jsonl`, `.csv` or `.yaml` file, in the order of the file.

    CSV columns are `id`, `inputs.question`, `expectations.answer`, `metadata.topic` …; an empty cell says nothing, and a cell
    that is a JSON list or map is one.

    Raises:
        InvalidFile: a record that is no case, a second case with the same id, or no case at all; with the line.
    """
    shown = shown or str(path)
    refuse_secrets(read_text(path, shown), shown)
    is_table = path.suffix.lower() == ".csv"
    cases: list[Case] = []
    lines: dict[str, int] = {}
    for line, record in read_records(path, shown):
        case = _read_case(_unfold(record, shown, line) if is_table else record, shown, line)
        if case.id in lines:
            raise InvalidFile(
                shown, f"the id {case.id!r} stands here a second time", line=line, key="id",
                hint=f"It is already on line {lines[case.id]}; give each case its own.",
            )  # fmt: skip
        lines[case.id] = line
        cases.append(case)
    if not cases:
        raise InvalidFile(
            shown,
            "there are no cases in this dataset",
            line=1,
            hint='Write one a line: {"id": "q1", "inputs": {"question": "…"}}',
        )
    return cases


def make_dataset(cases: Iterable[Case]) -> Dataset:
    """Put cases into their stored form."""
    rows = [
        {key: value for key, value in case.model_dump(mode="json").items() if value or key == "inputs"}
        for case in cases
    ]
    lines = b"".join(canonical_json(row) + b"\n" for row in rows)
    columns = sorted({f"{part}.{key}" for row in rows for part in _MAPS for key in row.get(part, ())})
    return Dataset(DatasetSpec(cases=len(rows), blob=digest_bytes(lines), columns=tuple(columns)), lines)


class StoredCases(Sequence[Case]):
    """The cases of a dataset in their stored form; each is read when it is asked for, in a tenth of a list's memory."""

    def __init__(self, lines: bytes, rows: range | None = None) -> None:
        self._lines = lines
        self._ends = array("Q", (found.end() for found in re.finditer(rb"[^\n]+\n?", lines)))
        self._rows = range(len(self._ends)) if rows is None else rows

    def __len__(self) -> int:
        return len(self._rows)

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


def _read_case(record: dict[str, Json], shown: str, line: int) -> Case:
    for key in record:
        if key == "scorers":
            raise InvalidFile(
                shown, "scorers of single cases are not supported in this version", line=line, key=key,
                hint="List them in the suite.",
            )  # fmt: skip
        if key not in _KEYS:
            raise InvalidFile(
                shown, f"unknown key {key!r}", line=line, key=key,
                hint=f"{did_you_mean(key, _KEYS)} What the target is asked goes into inputs, what is known of it into metadata.",
            )  # fmt: skip
    case_id = record.get("id")
    if isinstance(case_id, int) and not isinstance(case_id, bool):
        case_id = str(case_id)
    if not isinstance(case_id, str) or not case_id.strip() or len(case_id) > MAX_ID:
        problem = "'id' is missing" if case_id in (None, "") else f"the id {_shown(case_id)} is none"
        raise InvalidFile(
            shown, problem, line=line, key="id",
            hint=f'Give each case an id of its own, such as "id": "q{line}": results are compared case by case over time.',
        )  # fmt: skip
    for key in _MAPS:
        value = record.get(key)
        if value is not None and not isinstance(value, dict):
            raise InvalidFile(
                shown, f"{key} must be a map, not {_shown(value)}", line=line, key=key, hint=f'Write "{key}": {{…}}.'
            )
    if not record.get("inputs"):
        raise InvalidFile(
            shown, "'inputs' is missing", line=line, key="inputs", hint='Write "inputs": {"question": "…"}.'
        )
    return Case(id=case_id, **{key: record[key] for key in _MAPS if record.get(key)})


def _unfold(row: dict[str, Json], shown: str, line: int) -> dict[str, Json]:
    """Turn the columns of a table into the maps of a case."""
    record: dict[str, Json] = {}
    for column, text in row.items():
        part, dot, key = column.partition(".")
        if (not dot and column in ("id", *_MAPS)) or (part in _MAPS and key):
            if text.strip():
                target = record.setdefault(part, {}) if dot else record
                value = text.strip() if column == "id" else _cell(text)
                if not isinstance(target, dict):
                    raise InvalidFile(
                        shown, f"the columns {part!r} and {column!r} exclude each other", line=line, hint="Keep one."
                    )
                target[key or part] = value
            continue
        raise InvalidFile(
            shown, f"unknown column {column!r}", line=1, key=column,
            hint=f"Columns are id, inputs.NAME, expectations.NAME, metadata.NAME; for example inputs.{column}.",
        )  # fmt: skip
    return record


def _cell(text: str) -> Json:
    if text[:1] + text[-1:] in ("[]", "{}"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"

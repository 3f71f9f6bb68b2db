"""The records of a dataset's file as cases, one at a time, so that a large file is never held."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from llmops.core.errors import ExtraMissing, InputError, InvalidFile
from llmops.core.hashing import Json, canonical_json
from llmops.core.names import did_you_mean
from llmops.domain.evaluation import Case
from llmops.domain.suite import ScorerSpec
from llmops.registry.scorer_specs import write_out
from llmops.registry.secrets import refuse_secrets_in_record
from llmops.text.records import is_table, read_records
from llmops.text.yaml_builder import Place

MAPS: Final = ("inputs", "expectations", "metadata")
_KEYS: Final = ("id", *MAPS, "scorers")
MAX_ID: Final = 200


def accept_any(spec: ScorerSpec) -> None:
    """Check nothing of a scorer, where nobody knows which there are."""


def read_cases(
    path: Path, shown: str | None = None, check_scorer: Callable[[ScorerSpec], None] = accept_any
) -> Iterator[Case]:
    """Read the cases of a file or a folder, in its order; see `text.records` for which there are.

    Columns of a table are `id`, `inputs.question`, `expectations.answer`, `metadata.topic` …; an empty cell says nothing, and
    a cell that is a JSON list or map is one.

    Args:
        path: the file.
        shown: what messages call it.
        check_scorer: raises InputError where a case's scorer is none, or has arguments that it does not take.

    Raises:
        InvalidFile: a record that is no case, a second case with the same id, or no case at all; with the line.
    """
    shown = shown or str(path)
    reader = _CaseReader(shown, check_scorer)
    lines: dict[str, int] = {}
    has_columns = is_table(path)
    for line, record in read_records(path, shown):
        case = reader.read(_unfold(record, shown, line) if has_columns else record, line)
        if case.id in lines:
            raise InvalidFile(
                shown, f"the id {case.id!r} stands here a second time", line=line, key="id",
                hint=f"It is already on line {lines[case.id]}; give each case its own.",
            )  # fmt: skip
        lines[case.id] = line
        yield case
    if not lines:
        raise InvalidFile(
            shown,
            "there are no cases in this dataset",
            line=1,
            hint='Write one a line: {"id": "q1", "inputs": {"question": "…"}}',
        )


@dataclass(slots=True)
class _CaseReader:
    """Reads records, and remembers which scorers it has checked."""

    shown: str
    check_scorer: Callable[[ScorerSpec], None]
    checked: set[bytes] = field(default_factory=set)
    labels: dict[str, tuple[str, int]] = field(default_factory=dict)

    def read(self, record: dict[str, Json], line: int) -> Case:
        case = _read_case(record, self.shown, line)
        try:
            text = canonical_json(record).decode()
        except ValueError as error:
            raise InvalidFile(
                self.shown, f"this record cannot be written as JSON: {error}", line=line, hint="Change that value."
            ) from error
        refuse_secrets_in_record(text, self.shown, line)
        if not record.get("scorers"):
            return case
        return case.model_copy(update={"scorers": tuple(self._scorers(record["scorers"], line))})

    def _scorers(self, written: Json, line: int) -> Iterator[ScorerSpec]:
        if not isinstance(written, list):
            raise InvalidFile(
                self.shown, f"scorers must be a list, not {_shown(written)}", line=line, key="scorers",
                hint='Write "scorers": ["contains", {"regex": {"pattern": "…"}}].',
            )  # fmt: skip
        own: set[str] = set()
        for index, item in enumerate(written):
            spec = ScorerSpec(**write_out(item, lambda p, h, at, i=index: self._error(p, h, (i, *at), line)))  # type: ignore[misc]  # a default binds the loop's value
            name, where = self.labels.setdefault(spec.label, (spec.scorer, line))
            if name != spec.scorer:
                raise self._error(
                    f"{spec.label!r} is {spec.scorer} here and {name} on line {where}",
                    "One name, one scorer: give this one a name of its own.", (index,), line,
                )  # fmt: skip
            if spec.label in own:
                raise self._error(
                    f"two scorers of this case are called {spec.label!r}",
                    f"Give one of them a name: {spec.scorer}: {{name: other_{spec.label}}}", (index,), line,
                )  # fmt: skip
            own.add(spec.label)
            self._check(spec, index, line)
            yield spec

    def _check(self, spec: ScorerSpec, index: int, line: int) -> None:
        key = canonical_json(spec.model_dump(mode="json"))
        if key in self.checked:
            return
        try:
            self.check_scorer(spec)
        except ExtraMissing:
            pass  # this machine only registers
        except InputError as error:
            raise self._error(error.message, error.hint, (index,), line) from error
        self.checked.add(key)

    def _error(self, problem: str, hint: str, at: Place, line: int) -> InvalidFile:
        return InvalidFile(self.shown, problem, line=line, key=f"scorers[{at[0]}]", hint=hint)


def _read_case(record: dict[str, Json], shown: str, line: int) -> Case:
    for key in record:
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
    for key in MAPS:
        value = record.get(key)
        if value is not None and not isinstance(value, dict):
            raise InvalidFile(
                shown, f"{key} must be a map, not {_shown(value)}", line=line, key=key, hint=f'Write "{key}": {{…}}.'
            )
    if not record.get("inputs"):
        raise InvalidFile(
            shown, "'inputs' is missing", line=line, key="inputs", hint='Write "inputs": {"question": "…"}.'
        )
    return Case(id=case_id, **{key: record[key] for key in MAPS if record.get(key)})


def _unfold(row: dict[str, Json], shown: str, line: int) -> dict[str, Json]:
    """Turn the columns of a table into the maps of a case."""
    record: dict[str, Json] = {}
    for column, text in row.items():
        part, dot, key = column.partition(".")
        if (not dot and column in _KEYS) or (part in MAPS and key):
            if text is not None and (not isinstance(text, str) or text.strip()):
                target = record.setdefault(part, {}) if dot else record
                value = _cell(text) if column != "id" or not isinstance(text, str) else text.strip()
                if not isinstance(target, dict):
                    raise InvalidFile(
                        shown, f"the columns {part!r} and {column!r} exclude each other", line=line, hint="Keep one."
                    )
                target[key or part] = value
            continue
        raise InvalidFile(
            shown, f"unknown column {column!r}", line=1, key=column,
            hint=f"Columns are id, inputs.NAME, expectations.NAME, metadata.NAME, scorers; for example inputs.{column}.",
        )  # fmt: skip
    return record


def _cell(text: Json) -> Json:
    if isinstance(text, str) and text[:1] + text[-1:] in ("[]", "{}"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"

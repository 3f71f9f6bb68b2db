"""Outputs that are there already, by case id and repeat: `{recorded: outputs.jsonl}`, or those of a stored run.

Nothing is generated, so the same outputs can be scored again with other scorers, and outputs of a system that llmops cannot
call can be scored at all. An id without an output is a missing result, as a case whose target failed is.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from llmops.core.errors import InputError, InvalidFile
from llmops.core.hashing import Json, digest, digest_bytes
from llmops.core.names import did_you_mean, new_id
from llmops.domain.evaluation import Case, CaseResult
from llmops.domain.interaction import Reply
from llmops.evals.targets.replies import KEYS, read_reply
from llmops.text.records import read_records

_WHERE: Final = ("id", "case_id", "repeat")
_STRUCTURED: Final = (
    "repeat",
    "contexts",
    "tool_calls",
    "logprobs",
    "usage",
    "data",
    "inputs",
    "expectations",
    "metadata",
)
_AROUND: Final = ("inputs", "expectations", "metadata")  # the dataset has them; here they may stand and say nothing

Place = tuple[str, int]


class NoOutput(Exception):
    """A case whose output is not among those recorded, or was recorded as a failure."""


@dataclass(frozen=True, slots=True)
class RecordedTarget:
    """Answers with what was recorded. `name` is what tables and messages call the recording."""

    name: str
    replies: Mapping[Place, Reply]
    refs: Mapping[str, str]
    failures: Mapping[Place, str] = field(default_factory=dict)

    async def answer_case(self, case: Case, *, repeat: int = 0) -> Reply:
        """The output of a case.

        Raises:
            NoOutput: there is none.
        """
        place = (case.id, repeat)
        if place in self.replies:
            return self.replies[place]
        if place in self.failures:
            raise NoOutput(f"{self.name} recorded a failure: {self.failures[place]}")
        raise NoOutput(f"{self.name} has no output for {case.id!r}" + (f", repeat {repeat}" if repeat else ""))

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Refuse: outputs are found by the id of a case, not by its inputs.

        Raises:
            InputError: always.
        """
        raise InputError(f"{self.name} is asked by the id of a case", hint="Evaluate a suite with it: llmops eval.")

    def check(self, cases: Iterable[Case]) -> None:
        """See that the recording is about these cases.

        Raises:
            InputError: none of them has an output; the hint has an id of either side.
        """
        known = {name for name, _ in (*self.replies, *self.failures)}
        wanted = [case.id for case in cases]
        if wanted and not known.intersection(wanted):
            example = f"It has {min(known)!r}" if known else "It is empty"
            raise InputError(
                f"{self.name} has no output for any of the {len(wanted)} cases",
                hint=f"{example}; the first case is {wanted[0]!r}. Outputs are found by the id of their case.",
            )


def read_recording(path: Path, shown: str) -> RecordedTarget:
    """Read a `.jsonl`, `.csv` or `.yaml` file of outputs.

    Raises:
        InvalidFile: a record without an id or an output, with an unknown key, or a second one for the same id and repeat.
    """
    replies: dict[Place, Reply] = {}
    failures: dict[Place, str] = {}
    lines: dict[Place, int] = {}
    is_table = path.suffix.lower() == ".csv"
    for line, record in read_records(path, shown):
        row = _unfold(record, shown, line) if is_table else record
        place = _place(row, shown, line)
        if place in lines:
            raise InvalidFile(
                shown, f"a second output for {place[0]!r}, repeat {place[1]}", line=line, key="id",
                hint=f"The first is on line {lines[place]}; number them with `repeat`: 0, 1, 2 …",
            )  # fmt: skip
        lines[place] = line
        if row.get("error"):
            failures[place] = str(row["error"])
            continue
        try:
            replies[place] = read_reply({key: row[key] for key in KEYS if row.get(key) is not None}, who=shown)
        except InputError as error:
            problem = error.message.removeprefix(f"{shown}: ").removeprefix(f"{shown} ")
            raise InvalidFile(shown, problem, line=line, hint=error.hint) from error
    identity = {"recorded": digest_bytes(path.read_bytes())}
    return RecordedTarget(shown, replies, {"target": digest("target", identity)}, failures)


def recording_of(run_id: str, results: Iterable[CaseResult]) -> RecordedTarget:
    """The outputs of a stored run."""
    replies: dict[Place, Reply] = {}
    failures: dict[Place, str] = {}
    for result in results:
        place = (result.case_id, result.repeat)
        if result.error is not None or result.output is None:
            failures[place] = result.error or "it has no output"
        else:
            replies[place] = Reply(
                id=new_id("reply"),
                text=result.output,
                data=_parsed(result.output),
                contexts=result.contexts,
                tool_calls=result.tool_calls,
                logprobs=result.logprobs,
                usage=result.usage,
                model=result.model,
                at=result.at,
                fallback=result.fallback,
                fingerprint=result.fingerprint,
            )
    identity = {"recorded": run_id, "outputs": len(replies), "failures": len(failures)}
    return RecordedTarget(run_id, replies, {"target": digest("target", identity)}, failures)


def _place(record: Mapping[str, Json], shown: str, line: int) -> Place:
    known = (*_WHERE, "error", *KEYS, *_AROUND)
    for key in record:
        if key not in known:
            raise InvalidFile(shown, f"unknown key {key!r}", line=line, key=key, hint=did_you_mean(key, known))
    name = record.get("id", record.get("case_id"))
    if isinstance(name, bool) or not isinstance(name, (str, int)) or not str(name).strip():
        raise InvalidFile(shown, "'id' is missing", line=line, key="id", hint='Each output names its case: "id": "q1".')
    repeat = record.get("repeat") or 0
    if isinstance(repeat, str) and repeat.strip().isdecimal():
        repeat = int(repeat)
    if isinstance(repeat, bool) or not isinstance(repeat, int) or repeat < 0:
        raise InvalidFile(shown, f"repeat is {repeat!r}", line=line, key="repeat", hint="Count from 0.")
    return str(name), repeat


def _unfold(row: Mapping[str, Json], shown: str, line: int) -> dict[str, Json]:
    """Turn the cells of a table into the values of a record: `usage.cost` goes into `usage`, lists and maps are JSON."""
    record: dict[str, Json] = {}
    for column, text in row.items():
        if not text.strip():
            continue
        part, dot, key = column.partition(".")
        value = _parsed(text, default=text) if dot or column in _STRUCTURED else text
        if not dot:
            record[column] = value
        elif part in ("usage", *_AROUND) and isinstance(record.setdefault(part, {}), dict):
            record[part][key] = value
        else:
            raise InvalidFile(shown, f"unknown column {column!r}", line=1, key=column, hint="Known: usage.cost, …")
    return record


def _parsed(text: str, *, default: Json = None) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return default

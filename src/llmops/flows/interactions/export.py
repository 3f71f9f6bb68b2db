"""Interactions as files: JSON lines, Parquet, and cases of a dataset."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from llmops.core.errors import ExtraMissing, InvalidFile
from llmops.core.hashing import Json
from llmops.domain.interaction import Feedback, Interaction, Wanted
from llmops.storage.interactions import InteractionRepository

PARQUET_ROWS = 5_000  # of one row group


@dataclass(frozen=True, slots=True)
class AddedCases:
    """How many cases were added, how many were there already, and how many have no texts to ask with."""

    added: int
    known: int
    without_text: int


def rows(
    log: InteractionRepository, wanted: Wanted, *, batch: int = 500
) -> Iterator[tuple[Interaction, list[Feedback]]]:
    """Interactions, newest first, each with what was said of it."""
    held: list[Interaction] = []
    for one in log.texts(wanted):
        held.append(one)
        if len(held) == batch:
            yield from _with_feedback(log, held)
            held = []
    yield from _with_feedback(log, held)


def as_json(one: Interaction, said: Iterable[Feedback]) -> dict[str, Json]:
    """One interaction as a line has it."""
    feedback = [feedback.model_dump(mode="json", exclude={"interaction_id"}) for feedback in said]
    return {**one.model_dump(mode="json"), "feedback": feedback}


def write_parquet(found: Iterable[dict[str, Json]], path: Path) -> int:
    """Write lines as a Parquet file, nested values as JSON; returns how many.

    Raises:
        ExtraMissing: pyarrow is not there.
    """
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise ExtraMissing("pyarrow", "data", needed_for="Parquet files") from error
    written, held = 0, list[dict[str, Json]]()
    kinds = {
        name: pyarrow.string() for name in ("id", "at", "source", "app", "model", "fingerprint", "action", "output")
    }
    kinds |= {name: pyarrow.string() for name in ("finish_reason", "error", "user", "session", "inputs", "contexts")}
    kinds |= {name: pyarrow.string() for name in ("verdicts", "metadata", "refs", "feedback")}
    kinds |= {name: pyarrow.float64() for name in ("score", "cost", "latency", "first_token")}
    kinds |= {name: pyarrow.int64() for name in ("prompt_tokens", "completion_tokens")}
    schema = pyarrow.schema(sorted(kinds.items()))

    def put(writer: Json) -> None:
        writer.write_table(pyarrow.Table.from_pylist(held, schema=schema))
        held.clear()

    with ParquetWriter(path, schema) as writer:
        for line in found:
            flat = {**line, **line["usage"]}
            held.append({name: _flat(flat.get(name)) for name in kinds})
            written += 1
            if len(held) == PARQUET_ROWS:
                put(writer)
        put(writer)
    return written


def add_cases(found: Iterable[tuple[Interaction, list[Feedback]]], path: Path) -> AddedCases:
    """Append interactions to a file of cases; those whose id is there already are left out. A correction is the answer that is
    expected.

    Raises:
        InvalidFile: the file is no JSON lines.
    """
    if path.suffix != ".jsonl":
        raise InvalidFile(path, "cases are appended to JSON lines", hint="Name a file that ends in .jsonl.")
    known = _known(path)
    added = skipped = without = 0
    with open(path, "a", encoding="utf-8") as file:
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            file.write("\n")
        for one, said in found:
            if one.id in known:
                skipped += 1
            elif not one.inputs:
                without += 1
            else:
                known.add(one.id)
                added += 1
                file.write(json.dumps(_case(one, said), ensure_ascii=False) + "\n")
    return AddedCases(added, skipped, without)


def _case(one: Interaction, said: Iterable[Feedback]) -> dict[str, Json]:
    correction = next((feedback.correction for feedback in reversed(list(said)) if feedback.correction), None)
    expectations = {"expectations": {"answer": correction}} if correction else {}
    return {"id": one.id, "inputs": one.inputs, **expectations, "metadata": one.metadata}


def _known(path: Path) -> set[str]:
    found: set[str] = set()
    if not path.exists():
        return found
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                found.add(str(json.loads(line).get("id", "")))
            except (ValueError, AttributeError) as error:
                raise InvalidFile(path, "this is no case", line=number, hint="Each line is a JSON object.") from error
    return found


def _with_feedback(log: InteractionRepository, held: list[Interaction]) -> Iterator[tuple[Interaction, list[Feedback]]]:
    said = log.feedback([one.id for one in held])
    for one in held:
        yield one, said.get(one.id, [])


def _flat(value: Json) -> Json:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value

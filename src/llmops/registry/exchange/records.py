"""Nouns as the bytes of an export, and back; the same noun always gives the same bytes."""

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Final, Never, TypeVar

from pydantic import ValidationError

from llmops.core.errors import InvalidFile
from llmops.core.hashing import Json, canonical_json, digest
from llmops.domain.artifact import Move
from llmops.domain.noun import Noun

N = TypeVar("N", bound=Noun)

MAX_DEPTH: Final = 100
CHANGED: Final = "Export it again; a changed file is not imported."


def to_bytes(value: Json) -> bytes:
    """JSON for people: indented, sorted keys, one line end at the end."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n").encode()


def noun_bytes(noun: Noun) -> bytes:
    """A noun as indented JSON; fields at their default are left out."""
    return to_bytes(noun.model_dump(mode="json", exclude_defaults=True))


def noun_line(noun: Noun) -> bytes:
    """A noun as one line of JSON."""
    return canonical_json(noun.model_dump(mode="json", exclude_defaults=True)) + b"\n"


def read_json(data: bytes, shown: str, *, line: int | None = None) -> Json:
    """Parse strict JSON.

    Raises:
        InvalidFile: no UTF-8, no JSON, NaN, or nested deeper than anything that llmops writes.
    """
    try:
        value = json.loads(data.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidFile(shown, f"this is no JSON: {error}", line=line, hint=CHANGED) from error
    if _depth(value) > MAX_DEPTH:
        raise InvalidFile(shown, "this JSON is nested too deeply", line=line, hint=CHANGED)
    return value


def read_noun(model: type[N], data: bytes, shown: str, *, line: int | None = None) -> N:
    """Read a noun back.

    Raises:
        InvalidFile: it is none of this kind.
    """
    return as_noun(model, read_json(data, shown, line=line), shown, line=line)


def as_noun(model: type[N], value: Json, shown: str, *, line: int | None = None) -> N:
    """Take parsed JSON for a noun; InvalidFile where it is none."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidFile(
            shown,
            f"this is no {model.__name__}: {where}: {first['msg']}",
            line=line,
            hint="It was changed, or written by a newer llmops.",
        ) from error


def move_line(move: Move) -> bytes:
    """A row of the history exactly as its hash covers it, with the hash, as canonical JSON.

    To verify it elsewhere: take out `hash`, write the rest as canonical JSON, and hash it behind `llmops:move` and a line end.
    """
    row = move.model_dump(mode="json", exclude={"actor", "at"})
    row |= {"actor_name": move.actor.name, "actor_source": move.actor.source}
    row |= {name: canonical_json(row[name]).decode() for name in ("evidence", "details")}
    row["at"] = move.at.astimezone(UTC).isoformat(timespec="microseconds")
    return canonical_json(row) + b"\n"


def hash_of(row: Mapping[str, Json]) -> str:
    """The hash that a row of the history must have."""
    return digest("move", {key: value for key, value in row.items() if key != "hash"})


def _depth(value: Json) -> int:
    """How deeply lists and maps are nested, counted without recursion."""
    deepest, level = 0, [value]
    while level:
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        deepest += 1
    return deepest


def _refuse(name: str) -> Never:
    raise ValueError(f"{name} is not in JSON")

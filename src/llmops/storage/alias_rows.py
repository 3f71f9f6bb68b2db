"""Rows of the table of aliases: read as Alias, pointed elsewhere, given a candidate."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Row, Select, insert, select, update

from llmops.core.hashing import Json
from llmops.core.names import Kind
from llmops.domain.artifact import Alias, Candidate, Version
from llmops.storage.tables.registry import ALIASES

_A: Final = ALIASES.c
_NO_CANDIDATE: Final = {f"candidate_{field}": None for field in Candidate.model_fields}


def read_alias(connection: Connection, kind: Kind, name: str, alias: str) -> Alias | None:
    """The alias of a name, or None."""
    found = read_aliases(connection, _A.kind == kind, _A.name == name, _A.alias == alias)
    return found[0] if found else None


def read_aliases(connection: Connection, *conditions: ColumnElement[bool]) -> list[Alias]:
    """The aliases for which all conditions hold, by name."""
    query: Select[tuple[Json, ...]] = select(ALIASES).where(*conditions)
    return sorted(map(_alias, connection.execute(query)), key=lambda found: found.alias)


def point_alias(connection: Connection, held: Alias | None, target: Version, alias: str, now: datetime) -> None:
    """Let an alias hold a version and try out none; `held` is what it was, None makes it."""
    values = {"number": target.number, "digest": target.digest, "moved_at": now, **_NO_CANDIDATE}
    if held is None:
        row = {"kind": target.kind, "name": target.name, "alias": alias, "epoch": 1}
        connection.execute(insert(ALIASES), row | values)
    else:
        _change(connection, held, values)


def put_candidate(connection: Connection, held: Alias, candidate: Candidate | None) -> None:
    """Let an alias try out a version, or none."""
    values = {f"candidate_{field}": value for field, value in candidate} if candidate else _NO_CANDIDATE
    _change(connection, held, values)


def _change(connection: Connection, held: Alias, values: Mapping[str, object]) -> None:
    here = (_A.kind == held.kind) & (_A.name == held.name) & (_A.alias == held.alias)
    connection.execute(update(ALIASES).where(here), {**values, "epoch": held.epoch + 1})


def _alias(row: Row[tuple[Json, ...]]) -> Alias:
    values = dict(row._mapping)
    candidate = {field: values.pop(f"candidate_{field}") for field in Candidate.model_fields}
    return Alias(**values, candidate=None if candidate["number"] is None else Candidate(**candidate))

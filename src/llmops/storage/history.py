"""The history: a chain of hashes in which no row can be changed, removed or slipped in unseen.

Each row's hash covers its content and the hash before it. Only `append` writes here, under the lock of the registry, in the
transaction of what the row tells of.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sqlalchemy import Connection, Select, insert, select

from llmops.core.errors import CheckFailed
from llmops.core.hashing import Json, canonical_json, digest
from llmops.core.names import Kind
from llmops.domain.artifact import Action, Actor, Move, MoveRecord
from llmops.storage.tables.registry import MOVES

GENESIS: Final = "sha256:" + "0" * 64
"""What the first row has for `previous`."""

NOTHING: Final = MoveRecord()

_M: Final = MOVES.c
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row before it has its place in the chain; the fields are those of Move."""

    action: Action
    kind: Kind | Literal[""] = ""
    name: str = ""
    alias: str
    from_number: int | None = None
    to_number: int | None = None
    to_digest: str | None = None
    actor: Actor
    reason: str
    at: datetime
    weight: float | None = None
    record: MoveRecord = NOTHING


def append(connection: Connection, entry: Entry) -> Move:
    """Add a row to the end of the chain; the caller holds the lock of the registry."""
    last = connection.execute(select(_M.sequence, _M.hash).order_by(_M.sequence.desc()).limit(1)).first()
    row: dict[str, Json] = {
        "sequence": last.sequence + 1 if last else 1,
        "kind": entry.kind,
        "name": entry.name,
        "alias": entry.alias,
        "action": entry.action,
        "from_number": entry.from_number,
        "to_number": entry.to_number,
        "to_digest": entry.to_digest,
        "actor_name": entry.actor.name,
        "actor_source": entry.actor.source,
        "reason": entry.reason,
        "at": entry.at,
        "weight": entry.weight,
        "evidence": canonical_json(entry.record.evidence).decode(),
        "forced": entry.record.forced,
        "details": canonical_json(entry.record.details).decode(),
        "previous": last.hash if last else GENESIS,
    }
    row["hash"] = _hash(row)
    connection.execute(insert(MOVES), row)
    return _move(row)


def find(connection: Connection, query: Select[tuple[Json, ...]]) -> list[Move]:
    """The rows of a query on the history."""
    return [_move(row) for row in connection.execute(query).mappings()]


def walk(connection: Connection) -> Iterator[Move]:
    """All rows in order, each checked against its hash and the row before it; a page at a time.

    Raises:
        CheckFailed: a row was changed, removed or slipped in.
    """
    sequence, previous = 0, GENESIS
    while True:
        query = select(MOVES).order_by(_M.sequence).limit(_PAGE)
        page = connection.execute(query.where(_M.sequence > sequence) if sequence else query).mappings().all()
        for found in page:
            row, sequence = dict(found), sequence + 1
            _check(row, sequence, previous)
            previous = row["hash"]
            yield _move(row)
        if len(page) < _PAGE:
            return


def _check(row: dict[str, Json], sequence: int, previous: str) -> None:
    about = f"{row['kind']}/{row['name']}@{row['alias']}" if row["kind"] else _told(row)
    what = f"row {row['sequence']} of the history ({about})"
    if row["sequence"] != sequence:
        problem = f"row {sequence} of the history is missing"
    elif row["previous"] != previous:
        problem = f"{what} does not follow the row before it"
    elif row["hash"] != _hash(row):
        problem = f"{what} was changed after it was written"
    else:
        return
    raise CheckFailed(problem, hint="Somebody changed the database without llmops; compare with a copy.")


def _told(row: dict[str, Json]) -> str:
    return "what was erased of the log" if row["action"] == "erase" else f"the rules of {row['alias']}"


def _hash(row: dict[str, Json]) -> str:
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return digest("move", {**{key: value for key, value in row.items() if key != "hash"}, "at": at})


def _move(row: Json) -> Move:
    fields = {key: value for key, value in row.items() if key not in ("actor_name", "actor_source")}
    fields |= {"evidence": json.loads(row["evidence"]), "details": json.loads(row["details"])}
    return Move(**fields, actor=Actor(name=row["actor_name"], source=row["actor_source"]))

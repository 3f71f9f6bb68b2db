"""Aliases and the history of their moves: a chain of hashes in which no row can be changed, removed or slipped in unseen.

Each row's hash covers its content and the hash before it. What a chain alone cannot show, its last rows cut off, shows in
the aliases, which must stand where their last moves left them, and by comparing the head with one noted elsewhere.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Row, Select, insert, select, update

from llmops.core.errors import CheckFailed, Conflict
from llmops.core.hashing import Json, digest
from llmops.core.names import Kind
from llmops.domain.artifact import Action, Actor, Alias, Move, Version
from llmops.storage.engine import Database
from llmops.storage.tables.registry import ALIASES, MOVES

GENESIS: Final = "sha256:" + "0" * 64
"""What the first row has for `previous`."""

_A: Final = ALIASES.c
_M: Final = MOVES.c
_PAGE: Final = 500


class AliasRepository:
    """Reads and moves aliases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, kind: Kind, name: str, alias: str) -> Alias | None:
        """Where an alias points."""
        with self._database.read() as connection:
            return _held(connection, kind, name, alias)

    def of(self, kind: Kind, name: str) -> list[Alias]:
        """All aliases of an artifact, by name."""
        query = select(ALIASES).where(_A.kind == kind, _A.name == name)
        with self._database.read() as connection:
            return sorted((_alias(row) for row in connection.execute(query)), key=lambda alias: alias.alias)

    def move(
        self,
        target: Version,
        alias: str,
        *,
        expected: int | None,
        actor: Actor,
        reason: str,
        action: Action,
        now: datetime,
    ) -> Move:
        """Point an alias at a version and append to the history, in one transaction.

        Args:
            target: the version it will hold.
            alias: its name.
            expected: the number it holds now; None: it does not exist yet.
            actor: who moves it.
            reason: why.
            action: a move or a rollback.
            now: when.

        Raises:
            Conflict: it holds another version than expected.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            held = _held(connection, target.kind, target.name, alias)
            holds = held.number if held else None
            if holds != expected:
                raise Conflict(
                    f"{target.kind}/{target.name}@{alias} was expected to be {_named(expected)} "
                    f"but is {_named(holds)} by now",
                    hint=f"Look at it with: llmops history {target.kind}/{target.name}@{alias}",
                )
            last = connection.execute(select(_M.sequence, _M.hash).order_by(_M.sequence.desc()).limit(1)).first()
            row: dict[str, Json] = {
                "sequence": last.sequence + 1 if last else 1,
                "kind": target.kind,
                "name": target.name,
                "alias": alias,
                "action": action,
                "from_number": holds,
                "to_number": target.number,
                "to_digest": target.digest,
                "actor_name": actor.name,
                "actor_source": actor.source,
                "reason": reason,
                "at": now,
                "previous": last.hash if last else GENESIS,
            }
            row["hash"] = _hash(row)
            connection.execute(insert(MOVES), row)
            _point(connection, target, alias, epoch=held.epoch + 1 if held else 1, now=now)
        return _move(row)

    def history(self, kind: Kind | None = None, name: str | None = None, alias: str | None = None) -> list[Move]:
        """The moves of an alias, of an artifact's aliases, or all of them, oldest first."""
        query = select(MOVES).order_by(_M.sequence)
        for column, wanted in ((_M.kind, kind), (_M.name, name), (_M.alias, alias)):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._database.read() as connection:
            return [_move(row) for row in connection.execute(query).mappings()]

    def verify(self) -> str:
        """Check the whole history and that the aliases stand where it left them.

        Returns the hash of its last row, empty without one.

        Raises:
            CheckFailed: a row was changed, removed or slipped in, or an alias was moved behind its back.
        """
        previous, sequence = GENESIS, 0
        stands: dict[tuple[str, str, str], tuple[int, str, int]] = {}
        with self._database.transaction() as connection:  # so that nobody moves an alias between the two readings
            self._database.lock_registry(connection)
            for row in _rows(connection):
                sequence += 1
                _check_row(row, sequence, previous)
                previous = row["hash"]
                key = (row["kind"], row["name"], row["alias"])
                stands[key] = (row["to_number"], row["to_digest"], stands[key][2] + 1 if key in stands else 1)
            held = {(a.kind, a.name, a.alias): (a.number, a.digest, a.epoch) for a in connection.execute(_ALL)}
        for kind, name, alias in sorted(stands.keys() | held.keys()):
            told, is_now = stands.get((kind, name, alias)), held.get((kind, name, alias))
            if told != is_now:
                raise CheckFailed(
                    f"{kind}/{name}@{alias} is {_stand(is_now)}, but the history left it at {_stand(told)}",
                    hint="Somebody changed the database without llmops; compare with a copy.",
                )
        return previous if sequence else ""


_ALL: Final = select(ALIASES)


def _rows(connection: Connection) -> Iterator[dict[str, Json]]:
    """All moves in order, a page at a time."""
    after = 0
    while True:
        query = select(MOVES).where(_M.sequence > after).order_by(_M.sequence).limit(_PAGE)
        page = connection.execute(query).mappings().all()
        yield from (dict(row) for row in page)
        if len(page) < _PAGE:
            return
        after = page[-1]["sequence"]


def _check_row(row: dict[str, Json], sequence: int, previous: str) -> None:
    what = f"row {row['sequence']} of the history ({row['kind']}/{row['name']}@{row['alias']})"
    if row["sequence"] != sequence:
        problem = f"row {sequence} of the history is missing"
    elif row["previous"] != previous:
        problem = f"{what} does not follow the row before it"
    elif row["hash"] != _hash(row):
        problem = f"{what} was changed after it was written"
    else:
        return
    raise CheckFailed(problem, hint="Somebody changed the database without llmops; compare with a copy.")


def _hash(row: dict[str, Json]) -> str:
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return digest("move", {**{key: value for key, value in row.items() if key != "hash"}, "at": at})


def _held(connection: Connection, kind: Kind, name: str, alias: str) -> Alias | None:
    query: Select[tuple[Json, ...]] = select(ALIASES).where(_A.kind == kind, _A.name == name, _A.alias == alias)
    row = connection.execute(query).first()
    return None if row is None else _alias(row)


def _point(connection: Connection, target: Version, alias: str, *, epoch: int, now: datetime) -> None:
    values = {"number": target.number, "digest": target.digest, "epoch": epoch, "moved_at": now}
    if epoch == 1:
        row = {"kind": target.kind, "name": target.name, "alias": alias}
        connection.execute(insert(ALIASES), row | values)
        return
    here = (_A.kind == target.kind) & (_A.name == target.name) & (_A.alias == alias)
    connection.execute(update(ALIASES).where(here), values)


def _alias(row: Row[tuple[Json, ...]]) -> Alias:
    return Alias(
        kind=row.kind,
        name=row.name,
        alias=row.alias,
        number=row.number,
        digest=row.digest,
        epoch=row.epoch,
        moved_at=row.moved_at,
    )


def _move(row: Json) -> Move:
    fields = {key: value for key, value in row.items() if key not in ("actor_name", "actor_source")}
    return Move(**fields, actor=Actor(name=row["actor_name"], source=row["actor_source"]))


def _named(number: int | None) -> str:
    return "unset" if number is None else f"version {number}"


def _stand(state: tuple[int, str, int] | None) -> str:
    return "unset" if state is None else f"version {state[0]} ({state[1][:19]}) after {state[2]} moves"

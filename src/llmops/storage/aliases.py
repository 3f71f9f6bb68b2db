"""Aliases: what they hold, what they try out, and who approved it; every change is a row of the history.

Approvals are rows of the history and nothing else, so there is no second list of them that could say something different.
What a chain of hashes alone cannot show, its last rows cut off, shows in the aliases, which must stand where the history
left them, and by comparing the head with one noted elsewhere.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, select

from llmops.core.errors import Conflict, InputError
from llmops.core.hashing import Json
from llmops.core.names import Kind
from llmops.domain.artifact import Action, Actor, Alias, Candidate, Move, MoveRecord, Version, same_person
from llmops.storage.alias_rows import point_alias, put_candidate, read_alias, read_aliases
from llmops.storage.engine import Database
from llmops.storage.history import NOTHING, Entry, append, find, walk
from llmops.storage.replay import Place, Standing, compare, replay
from llmops.storage.tables.registry import ALIASES, MOVES

_A: Final = ALIASES.c
_M: Final = MOVES.c


class AliasRepository:
    """Reads and moves aliases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, kind: Kind, name: str, alias: str) -> Alias | None:
        """Where an alias points."""
        with self._database.read() as connection:
            return read_alias(connection, kind, name, alias)

    def of(self, kind: Kind, name: str) -> list[Alias]:
        """All aliases of an artifact, by name."""
        with self._database.read() as connection:
            return read_aliases(connection, _A.kind == kind, _A.name == name)

    def move(
        self,
        target: Version,
        alias: str,
        *,
        expected: int | None,
        actor: Actor,
        reason: str,
        now: datetime,
        record: MoveRecord = NOTHING,
    ) -> Move:
        """Point an alias at a version and append to the history, in one transaction.

        A move to the version that it tries out completes the trial.

        Args:
            target: the version it will hold.
            alias: its name.
            expected: the number it holds now; None: it does not exist yet.
            actor: who moves it.
            reason: why.
            now: when.
            record: what it rests on.

        Raises:
            Conflict: it holds another version than expected, or tries out another one than the target.
        """
        with self._database.transaction() as connection:
            held = self._expect(connection, target, alias, expected)
            if held is not None and held.candidate is not None and held.candidate.number != target.number:
                raise _busy(held, held.candidate)
            point_alias(connection, held, target, alias, now)
            entry = _entry("move", target, alias, actor, reason, now, record)
            return append(connection, replace(entry, from_number=expected))

    def roll_back(
        self,
        target: Version,
        alias: str,
        *,
        expected: int | None,
        actor: Actor,
        reason: str,
        now: datetime,
        record: MoveRecord = NOTHING,
    ) -> Move:
        """Point an alias back at a version; a trial that runs is abandoned first, in the same transaction.

        Raises:
            Conflict: it holds another version than expected.
        """
        with self._database.transaction() as connection:
            held = self._expect(connection, target, alias, expected)
            if held is not None and held.candidate is not None:
                _abandon(connection, held, held.candidate, actor, reason, now)
                held = read_alias(connection, target.kind, target.name, alias)
            point_alias(connection, held, target, alias, now)
            entry = _entry("rollback", target, alias, actor, reason, now, record)
            return append(connection, replace(entry, from_number=expected))

    def set_candidate(
        self,
        held: Alias,
        candidate: Candidate,
        *,
        actor: Actor,
        reason: str,
        now: datetime,
        record: MoveRecord = NOTHING,
    ) -> Move:
        """Let an alias try out a version beside the one it holds, or change the share of the one it tries out.

        Args:
            held: the alias as the caller read it, with what the evidence was compared with.
            candidate: what it tries out from now on.
            actor: who wants it.
            reason: why.
            now: when.
            record: what it rests on.

        Raises:
            InputError: it holds that version already, or tries out another one.
            Conflict: the alias was changed since it was read.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            current = read_alias(connection, held.kind, held.name, held.alias)
            if current is None or current.epoch != held.epoch:
                raise _overtaken(_ref(held), _told(held), _told(current))
            if candidate.number == held.number:
                raise InputError(
                    f"{_ref(held)} holds version {held.number} already, so there is nothing to try out",
                    hint=f"llmops history {_ref(held)}",
                )
            if held.candidate is not None and held.candidate.number != candidate.number:
                raise _busy(held, held.candidate)
            put_candidate(connection, held, candidate)
            entry = _entry(candidate.mode, held, held.alias, actor, reason, now, record)
            number, digest, weight = candidate.number, candidate.digest, candidate.weight
            entry = replace(entry, from_number=held.number, to_number=number, to_digest=digest, weight=weight)
            return append(connection, entry)

    def drop_candidate(self, kind: Kind, name: str, alias: str, *, actor: Actor, reason: str, now: datetime) -> Move:
        """End a trial; the alias holds what it held before.

        Raises:
            InputError: it tries out no version.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            held = read_alias(connection, kind, name, alias)
            if held is None or held.candidate is None:
                raise InputError(
                    f"{kind}/{name}@{alias} tries out no version", hint=f"llmops history {kind}/{name}@{alias}"
                )
            return _abandon(connection, held, held.candidate, actor, reason, now)

    def approve(self, target: Version, alias: str, *, actor: Actor, reason: str, now: datetime) -> Move:
        """Approve a version for an alias. Whoever has done so already gets the row of then, and nothing is written."""
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            for given in _approvals(connection, target, alias):
                if same_person(given.actor.name, actor.name):
                    return given
            return append(connection, _entry("approve", target, alias, actor, reason, now))

    def approvals(self, target: Version, alias: str) -> list[Move]:
        """Who has approved a version for an alias, one row a person, oldest first.

        What was approved before the alias was rolled back from that version no longer counts.
        """
        with self._database.read() as connection:
            return _approvals(connection, target, alias)

    def at(self, kind: Kind, name: str, alias: str, when: datetime) -> Move | None:
        """The move or rollback that made an alias hold what it held at a moment; None: it did not exist yet."""
        query = _rows_of(kind, name, alias).where(_M.action.in_(("move", "rollback")), _M.at <= when)
        with self._database.read() as connection:
            found = find(connection, query.order_by(_M.sequence.desc()).limit(1))
        return found[0] if found else None

    def history(self, kind: Kind | None = None, name: str | None = None, alias: str | None = None) -> list[Move]:
        """The rows of an alias, of an artifact's aliases, or all of them, oldest first."""
        query = select(MOVES).order_by(_M.sequence)
        for column, wanted in ((_M.kind, kind), (_M.name, name), (_M.alias, alias)):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._database.read() as connection:
            return find(connection, query)

    def verify(self) -> str:
        """Check the whole history and that the aliases stand where it left them.

        Returns the hash of its last row, empty without one.

        Raises:
            CheckFailed: a row was changed, removed or slipped in, or an alias was moved behind its back.
        """
        head = ""
        stands: dict[Place, Standing] = {}
        with self._database.transaction() as connection:  # so that nobody moves an alias between the two readings
            self._database.lock_registry(connection)
            for move in walk(connection):
                head = move.hash
                replay(stands, move)
            held = read_aliases(connection)
        compare(stands, held)
        return head

    def _expect(self, connection: Connection, target: Version, alias: str, expected: int | None) -> Alias | None:
        self._database.lock_registry(connection)
        held = read_alias(connection, target.kind, target.name, alias)
        holds = held.number if held else None
        if holds != expected:
            raise _overtaken(f"{target.kind}/{target.name}@{alias}", _named(expected), _named(holds))
        return held


def _abandon(
    connection: Connection, held: Alias, candidate: Candidate, actor: Actor, reason: str, now: datetime
) -> Move:
    put_candidate(connection, held, None)
    entry = _entry("abandon", held, held.alias, actor, reason, now)
    return append(connection, replace(entry, from_number=candidate.number))


def _entry(
    action: Action,
    target: Version | Alias,
    alias: str,
    actor: Actor,
    reason: str,
    now: datetime,
    record: MoveRecord = NOTHING,
) -> Entry:
    return Entry(
        action=action,
        kind=target.kind,
        name=target.name,
        alias=alias,
        to_number=target.number,
        to_digest=target.digest,
        actor=actor,
        reason=reason,
        at=now,
        record=record,
    )


def _approvals(connection: Connection, target: Version, alias: str) -> list[Move]:
    actions = ("approve", "rollback", "abandon")
    query = _rows_of(target.kind, target.name, alias).where(_M.action.in_(actions)).order_by(_M.sequence)
    given: list[Move] = []
    for row in find(connection, query):
        if row.action != "approve" and row.from_number == target.number:
            given = []
        elif row.action == "approve" and row.to_digest == target.digest:
            given.append(row)
    return given


def _rows_of(kind: Kind, name: str, alias: str) -> Select[tuple[Json, ...]]:
    return select(MOVES).where(_M.kind == kind, _M.name == name, _M.alias == alias)


def _ref(held: Alias) -> str:
    return f"{held.kind}/{held.name}@{held.alias}"


def _busy(held: Alias, candidate: Candidate) -> Conflict:
    bare = f"{held.kind}/{held.name}"
    return Conflict(
        f"{bare}@{held.alias} tries out {candidate}",
        hint=f"Complete that: llmops promote {bare}@{candidate.number} --to {held.alias}; "
        f"or drop it: llmops rollback {bare}@{held.alias}",
    )


def _overtaken(ref: str, expected: str, found: str) -> Conflict:
    return Conflict(
        f"{ref} was expected to be {expected} but is {found} by now", hint=f"Look at it with: llmops history {ref}"
    )


def _named(number: int | None) -> str:
    return "unset" if number is None else f"version {number}"


def _told(alias: Alias | None) -> str:
    if alias is None:
        return "unset"
    trial = f", trying {alias.candidate}," if alias.candidate else ""
    return f"version {alias.number}{trial} after {alias.epoch} moves"

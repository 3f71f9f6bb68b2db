"""Versions of artifacts: immutable, numbered from 1 (without gaps but for imported ones), one a digest."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, Select, delete, func, insert, select

from llmops.core.errors import Conflict, InvalidRef
from llmops.core.hashing import Json, canonical_json
from llmops.core.names import Kind
from llmops.domain.artifact import Artifact, Origin, Version
from llmops.storage.engine import Database
from llmops.storage.tables.registry import ALIASES, VERSIONS

_V: Final = VERSIONS.c


class VersionRepository:
    """Reads and adds versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        kind: Kind,
        name: str,
        digest: str,
        content: Json,
        origin: Origin,
        now: datetime,
        number: int | None = None,
    ) -> tuple[Version, bool]:
        """Add a version; a digest that is there already gives that version and False.

        Args:
            number: the one that it has elsewhere (an import), taken where it is free; else it gets the next one.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            held = self._first(_of(kind, name).where(_V.digest == digest))
            if held is not None:
                return held, False
            if number is None or self.get(kind, name, number) is not None:
                last = connection.execute(select(func.max(_V.number)).where(_V.kind == kind, _V.name == name)).scalar()
                number = (last or 0) + 1
            version = Version(
                kind=kind,
                name=name,
                number=number,
                digest=digest,
                content=content,
                origin=origin,
                created_at=now,
            )
            row = version.model_dump(exclude={"origin", "content"})
            row |= {"content": canonical_json(content).decode(), **origin.model_dump()}
            connection.execute(insert(VERSIONS), row)
            return version, True

    def get(self, kind: Kind, name: str, number: int) -> Version | None:
        """The version of a number."""
        return self._first(_of(kind, name).where(_V.number == number))

    def by_digest(self, kind: Kind, name: str, prefix: str) -> Version | None:
        """The version whose digest begins so.

        Raises:
            InvalidRef: several do.
        """
        found = self._all(_of(kind, name).where(func.substr(_V.digest, 1, len(prefix)) == prefix).limit(2))
        if len(found) > 1:
            raise InvalidRef(
                f"{kind}/{name}@{prefix} is ambiguous: {found[0].digest} and {found[1].digest} begin so",
                hint="Write more digits.",
            )
        return found[0] if found else None

    def latest(self, kind: Kind, name: str) -> Version | None:
        """The version with the highest number."""
        return self._first(_of(kind, name).order_by(_V.number.desc()).limit(1))

    def of(self, kind: Kind, name: str) -> list[Version]:
        """All versions of an artifact, oldest first."""
        return self._all(_of(kind, name).order_by(_V.number))

    def artifacts(self, kind: Kind | None = None) -> list[Artifact]:
        """All artifacts with their latest versions and aliases, by kind and name."""
        newest = select(_V.kind, _V.name, func.max(_V.number).label("number")).group_by(_V.kind, _V.name)
        aliases = select(ALIASES.c.kind, ALIASES.c.name, ALIASES.c.alias, ALIASES.c.number).order_by(ALIASES.c.alias)
        if kind is not None:
            newest, aliases = newest.where(_V.kind == kind), aliases.where(ALIASES.c.kind == kind)
        last = newest.subquery()
        query = select(_V.kind, _V.name, _V.number, _V.digest, _V.created_at).join(
            last, (_V.kind == last.c.kind) & (_V.name == last.c.name) & (_V.number == last.c.number)
        )
        held: dict[tuple[str, str], dict[str, int]] = {}
        with self._database.read() as connection:
            rows = sorted(connection.execute(query).all(), key=lambda row: (row.kind, row.name))
            for alias in connection.execute(aliases):
                held.setdefault((alias.kind, alias.name), {})[alias.alias] = alias.number
        return [
            Artifact(
                kind=row.kind,
                name=row.name,
                latest=row.number,
                digest=row.digest,
                updated_at=row.created_at,
                aliases=held.get((row.kind, row.name), {}),
            )
            for row in rows
        ]

    def remove(self, kind: Kind, name: str) -> int:
        """Remove all versions of an artifact; returns how many there were.

        Raises:
            Conflict: an alias holds one of them.
        """
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            held = select(ALIASES.c.alias, ALIASES.c.number).where(ALIASES.c.kind == kind, ALIASES.c.name == name)
            alias = connection.execute(held.order_by(ALIASES.c.alias)).first()
            if alias is not None:
                raise Conflict(
                    f"{kind}/{name} cannot be removed: {alias.alias} is version {alias.number}",
                    hint="What an alias holds stays.",
                )
            return connection.execute(delete(VERSIONS).where(_V.kind == kind, _V.name == name)).rowcount

    def referring(self, digest: str) -> list[Version]:
        """The versions whose content mentions a digest, by kind, name and number."""
        query = select(VERSIONS).where(_V.content.contains(digest, autoescape=True))
        return sorted(self._all(query), key=lambda version: (version.kind, version.name, version.number))

    def _first(self, query: Select[tuple[Json, ...]]) -> Version | None:
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _version(row)

    def _all(self, query: Select[tuple[Json, ...]]) -> list[Version]:
        with self._database.read() as connection:
            rows: Sequence[Row[tuple[Json, ...]]] = connection.execute(query).all()
        return [_version(row) for row in rows]


def _of(kind: Kind, name: str) -> Select[tuple[Json, ...]]:
    return select(VERSIONS).where(_V.kind == kind, _V.name == name)


def _version(row: Row[tuple[Json, ...]]) -> Version:
    origin = Origin(message=row.message, author=row.author, git_commit=row.git_commit, git_dirty=row.git_dirty)
    return Version(
        kind=row.kind,
        name=row.name,
        number=row.number,
        digest=row.digest,
        content=json.loads(row.content),
        origin=origin,
        created_at=row.created_at,
    )

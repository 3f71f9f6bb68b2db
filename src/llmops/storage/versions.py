"""Versions of artifacts: immutable, numbered from 1 (without gaps but for imported ones), one a digest."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, Select, collate, delete, func, insert, or_, select, tuple_

from llmops.core.errors import Conflict, InvalidRef
from llmops.core.hashing import Json, canonical_json
from llmops.core.names import Kind
from llmops.domain.artifact import Artifact, Origin, Version
from llmops.storage.engine import Database
from llmops.storage.tables.registry import ALIASES, ARTIFACTS, TAGS, VERSIONS
from llmops.storage.upserts import insert_or_update

_A: Final = ARTIFACTS.c
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
            insert_or_update(connection, ARTIFACTS, [_listing(version)])
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
        return self.search(kind=kind)

    def search(
        self,
        text: str = "",
        *,
        kind: Kind | None = None,
        tags: Mapping[str, str] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Artifact]:
        """The artifacts that have all that is asked for, by kind and name.

        Args:
            text: words, each of which stands in the name, or in the message or content of the latest version; capitals
                make no difference.
            kind: only of that kind.
            tags: only those with a version that carries all of these.
            limit: at most so many; None: all.
            offset: so many are skipped.
        """
        which = [_A.kind == kind] if kind is not None else []
        which += [_A.words.contains(word, autoescape=True) for word in _folded(text).split()]
        if tags:
            which.append(tuple_(_A.kind, _A.name).in_(_tagged(tags)))
        order = [_A.kind, _A.name] if self._database.is_sqlite else [collate(_A.kind, "C"), collate(_A.name, "C")]
        columns = (_A.kind, _A.name, _A.latest, _A.digest, _A.updated_at)
        query = select(*columns).where(*which).order_by(*order).limit(limit).offset(offset)
        with self._database.read() as connection:
            held = _aliases_of(connection, None if limit is None else query.with_only_columns(_A.kind, _A.name))
            return [
                Artifact(kind, name, last, digest, at, held.get((kind, name), {}))
                for kind, name, last, digest, at in connection.execute(query).all()
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
            removed = connection.execute(delete(VERSIONS).where(_V.kind == kind, _V.name == name)).rowcount
            connection.execute(delete(ARTIFACTS).where(_A.kind == kind, _A.name == name))
            return removed

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


def _listing(version: Version) -> dict[str, object]:
    """The row of an artifact whose latest version this is."""
    words = "\n".join([version.name, version.origin.message, *_texts(version.content)])
    row = {"kind": version.kind, "name": version.name, "latest": version.number, "digest": version.digest}
    return {**row, "updated_at": version.created_at, "words": _folded(words)}


def _folded(text: str) -> str:
    """Without capitals, and without NUL, which PostgreSQL keeps in no text."""
    return text.casefold().replace("\0", " ")


def _texts(content: Json) -> Iterator[str]:
    """All texts in a content."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield key
            yield from _texts(value)
    elif isinstance(content, list | tuple):
        for item in content:
            yield from _texts(item)


def _tagged(tags: Mapping[str, str]) -> Select[tuple[str, str]]:
    """Kind and name of the versions that carry all of these tags."""
    any_of = or_(*((TAGS.c.key == key) & (TAGS.c.value == value) for key, value in tags.items()))
    query = select(TAGS.c.kind, TAGS.c.name).where(any_of).group_by(TAGS.c.kind, TAGS.c.name, TAGS.c.number)
    return query.having(func.count() == len(tags))


def _aliases_of(connection: Connection, page: Select[tuple[str, str]] | None) -> dict[tuple[str, str], dict[str, int]]:
    """Aliases and what they hold, by kind and name: of the artifacts of a page, or all."""
    query = select(ALIASES.c.kind, ALIASES.c.name, ALIASES.c.alias, ALIASES.c.number).order_by(ALIASES.c.alias)
    if page is not None:
        query = query.where(tuple_(ALIASES.c.kind, ALIASES.c.name).in_(page))
    held: dict[tuple[str, str], dict[str, int]] = {}
    for kind, name, alias, number in connection.execute(query):
        held.setdefault((kind, name), {})[alias] = number
    return held


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

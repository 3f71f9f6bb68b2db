"""Tags: short notes on versions, `team=search`, by which they are found. They can change; versions cannot."""

import re
from typing import Final

from sqlalchemy import ColumnElement, delete, select

from llmops.core.errors import InputError, NotFound
from llmops.domain.artifact import Version
from llmops.storage.engine import Database
from llmops.storage.tables.registry import TAGS, VERSIONS
from llmops.storage.upserts import insert_or_update

_T: Final = TAGS.c
_V: Final = VERSIONS.c
_KEY: Final = re.compile(r"[a-z][a-z0-9_.-]{0,99}", re.IGNORECASE)
_LONGEST: Final = 1000


class TagRepository:
    """Reads and writes tags of versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, version: Version, key: str, value: str) -> None:
        """Tag a version; a value that it has under that key is replaced.

        Raises:
            InputError: the key is no word, or the value is too long.
            NotFound: the version was deleted.
        """
        if not _KEY.fullmatch(key):
            raise InputError(
                f"{key!r} cannot be the key of a tag",
                hint="A key begins with a letter and has letters, digits, '-', '_' and '.', at most 100: team=search",
            )
        if len(value) > _LONGEST:
            raise InputError(
                f"the value of tag {key!r} has {len(value)} characters", hint=f"At most {_LONGEST} are allowed."
            )
        row = {"kind": version.kind, "name": version.name, "number": version.number, "key": key, "value": value}
        there = select(_V.number).where(
            _V.kind == version.kind, _V.name == version.name, _V.number == version.number, _V.digest == version.digest
        )
        with self._database.transaction() as connection:
            self._database.lock_registry(connection)
            if connection.execute(there).first() is None:
                raise NotFound(
                    f"{version.kind}/{version.name}@{version.number} is not there any more",
                    hint=f"llmops history {version.kind}/{version.name}",
                )
            insert_or_update(connection, TAGS, [row])

    def of(self, version: Version) -> dict[str, str]:
        """The tags of a version, by key."""
        query = select(_T.key, _T.value).where(*_on(version))
        with self._database.read() as connection:
            return dict(sorted((row.key, row.value) for row in connection.execute(query)))

    def remove(self, version: Version, key: str) -> bool:
        """Take a tag from a version; False where it has none of that key."""
        with self._database.transaction() as connection:
            return connection.execute(delete(TAGS).where(*_on(version), _T.key == key)).rowcount > 0


def _on(version: Version) -> tuple[ColumnElement[bool], ...]:
    return _T.kind == version.kind, _T.name == version.name, _T.number == version.number

"""Rows of a database, each a document: `sql: {connection: crm, query: "select …", id: id, text: body, version: updated_at}`.

All ids are listed by every sync, so a row that is gone is noticed by its absence, whatever deleted it. Texts are listed with them
only where there is no `version`; else those of changed rows are read, many with one query while a sync takes them in order.
"""

import threading
from collections.abc import Iterator, Mapping
from time import time
from typing import Final

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import SourceItem
from llmops.domain.source_specs import SqlSpec
from llmops.index.sources.python import seconds_of
from llmops.index.sources.spooled import SpooledSource, make_entry, make_token, plain_value
from llmops.index.sources.surroundings import Surroundings
from llmops.storage.spool import Entry, Spool
from llmops.storage.sql_reader import SqlReader

MOST_AHEAD: Final = 256
"""Texts that are read by one query, at most."""


def open_sql(spec: SourceSpec, where: Surroundings) -> SpooledSource:
    """Make the source of a spec with `sql`; a document is called by its id.

    Raises:
        SettingsError: the connection is not there, or leads to no database.
    """
    sql = spec.sql
    assert sql is not None
    url, _ = where.address(sql.connection, "sql")
    table = _Table(sql, SqlReader(url, where.root, sql.query, f"connection {sql.connection}"), spec.metadata or {})
    return SpooledSource(f"sql:{sql.connection}:{' '.join(sql.query.split())}", table.gather, table.fetch)


class _Table:
    """The rows of one query."""

    def __init__(self, spec: SqlSpec, reader: SqlReader, constants: Mapping[str, Json]) -> None:
        self._spec = spec
        self._reader = reader
        self._constants = constants
        self._texts: dict[str, bytes] = {}
        self._ahead = 1
        self._next = ""
        self._lock = threading.Lock()

    def gather(self) -> Iterator[Entry]:
        """All rows: with their texts, or where they have a version without."""
        spec = self._spec
        named = [spec.id, *(name for name in (spec.version, spec.deleted) if name), *spec.metadata]
        wanted = list(dict.fromkeys(named if spec.version else [*named, spec.text]))
        known = self._reader.columns()
        for name in (*wanted, spec.text):
            if name not in known:
                raise InputError(
                    f"connection {spec.connection}: the query has no column {name!r}", hint=did_you_mean(name, known)
                )
        for number, row in enumerate(self._reader.rows(wanted), 1):
            values = dict(zip(wanted, row, strict=True))
            if spec.deleted and values[spec.deleted] not in (None, False, 0, ""):
                continue
            yield self._entry(values, f"connection {spec.connection}, row {number}")

    def fetch(self, spool: Spool, key: str) -> bytes:
        """The text of a row, read together with those that come after it while they are asked for in order."""
        with self._lock:
            if key not in self._texts:
                self._ahead = min(MOST_AHEAD, self._ahead * 2) if key == self._next else 1
                self._texts = self._read(spool.locators(key, self._ahead + 1))
            found = self._texts.get(key)
        if found is None:
            raise OutsideError(f"connection {self._spec.connection} has no row {key!r} any more", hint="Sync again.")
        return found

    def _read(self, places: list[tuple[str, str]]) -> dict[str, bytes]:
        """The texts of some rows by their keys; the last place is only where the next ones begin."""
        self._next = places[-1][0] if len(places) > self._ahead else ""
        wanted = {k: int(place[1:]) if place[0] == "n" else place[1:] for k, place in places[: self._ahead] if place}
        if not wanted:
            return {}
        rows = self._reader.find(self._spec.id, list(wanted.values()), [self._spec.text])
        texts = {str(identity): row[0] for identity, row in rows.items()}
        return {key: _bytes(texts[str(value)], key) for key, value in wanted.items() if str(value) in texts}

    def _entry(self, values: Mapping[str, object], place: str) -> Entry:
        spec = self._spec
        identity = values[spec.id]
        if identity is None or isinstance(identity, bool | float | bytes) or identity == "":
            raise InputError(
                f"{place}: {spec.id} is {identity!r}, which names no document", hint="Use a key of the table."
            )
        told = {name: plain_value(values[name], f"{place}, {name}") for name in spec.metadata}
        metadata = {**{name: value for name, value in told.items() if value is not None}, **self._constants}
        version = values[spec.version] if spec.version else None
        key, changed_at = str(identity), seconds_of(version)
        if spec.version is None:
            return make_entry(
                key,
                _bytes(values[spec.text], place),
                metadata=metadata,
                kind=spec.format or "txt",
                changed_at=changed_at,
            )
        token = make_token(str(plain_value(version, place)), metadata)
        item = SourceItem(key, token, 0, changed_at or time(), metadata, spec.format or "txt")
        return Entry(item, locator=f"n{identity}" if isinstance(identity, int) else f"t{identity}")


def _bytes(value: object, place: str) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    raise InputError(f"{place}: the text is {type(value).__name__}", hint="Name a column of text or bytes, or cast it.")

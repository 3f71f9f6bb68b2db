"""A listing put in order: documents in any order go in, come out sorted by key, and are found by key while the listing is used.

It is a private SQLite database without a name, which lives in memory while it is small, spills to a temporary file when it
grows, and is gone when it is closed, whatever happens to the process.
"""

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from llmops.core.errors import StoreError
from llmops.core.hashing import Json
from llmops.domain.documents import SourceItem

_PAGE: Final = 1000
_AFTER: Final = "SELECT key, token, size, changed_at, metadata, format FROM entries WHERE key > ? ORDER BY key LIMIT ?"
_CREATE: Final = (
    "CREATE TABLE entries (key TEXT PRIMARY KEY, token TEXT NOT NULL, size INTEGER NOT NULL, changed_at REAL NOT NULL, "
    "metadata TEXT NOT NULL, format TEXT NOT NULL, locator TEXT NOT NULL, body BLOB)"
)


class DuplicateKey(ValueError):
    """A key stands in the listing twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Entry(NamedTuple):
    """A document on its way through: as it is listed, where its source finds it again, and its bytes where they are at hand."""

    item: SourceItem
    locator: str = ""
    body: bytes | None = None


class Spool:
    """Entries of one listing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._end = weakref.finalize(self, self._connection.close)
        for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -8000", "temp_store = FILE"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(_CREATE)

    def add(self, entries: Iterable[Entry]) -> None:
        """Put entries in, a page at a time.

        Raises:
            DuplicateKey: a key is there already.
            StoreError: the disk with temporary files is full.
        """
        source = iter(entries)
        while page := [_row(entry) for entry in islice(source, _PAGE)]:
            with self._lock:
                try:
                    self._connection.execute("BEGIN")
                    self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", page)
                    self._connection.execute("COMMIT")
                except sqlite3.IntegrityError as error:
                    self._connection.execute("ROLLBACK")
                    raise DuplicateKey(self._first_double(page)) from error
                except sqlite3.OperationalError as error:
                    raise StoreError(
                        f"the listing of a source cannot be put in order: {error}",
                        hint="Make room on the disk with temporary files, or set TMPDIR to another one.",
                    ) from error

    def items(self) -> Iterator[SourceItem]:
        """All items, sorted by the code points of their keys."""
        after, full = "", True
        while full:
            rows = self._rows(_AFTER, after, _PAGE)
            for key, token, size, changed_at, metadata, kind in rows:
                yield SourceItem(key, token, size, changed_at, json.loads(metadata) if metadata else {}, kind)
            full = len(rows) == _PAGE
            after = rows[-1][0] if full else ""

    def body(self, key: str) -> bytes | None:
        """The bytes of an entry, where they were put in."""
        found = self._rows("SELECT body FROM entries WHERE key = ?", key)
        return found[0][0] if found else None

    def locators(self, key: str, count: int = 1) -> list[tuple[str, str]]:
        """The (key, locator) pairs of `count` entries, from a key on."""
        return self._rows("SELECT key, locator FROM entries WHERE key >= ? ORDER BY key LIMIT ?", key, count)

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM entries")[0][0])

    def close(self) -> None:
        """Let go of it."""
        self._end()

    def _rows(self, statement: str, *values: str | int) -> list[Json]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def _first_double(self, page: list[tuple[object, ...]]) -> str:
        seen: set[object] = set()
        for row in page:
            known = self._connection.execute("SELECT 1 FROM entries WHERE key = ?", row[:1]).fetchone()
            if known or row[0] in seen:
                return str(row[0])
            seen.add(row[0])
        return ""


def _row(entry: Entry) -> tuple[object, ...]:
    item = entry.item
    metadata = json.dumps(dict(item.metadata), ensure_ascii=False) if item.metadata else ""
    return (
        item.key, item.token, item.size, item.changed_at, metadata, item.format, entry.locator, entry.body,
    )  # fmt: skip

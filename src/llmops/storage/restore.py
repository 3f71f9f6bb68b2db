"""Put a backup back, whole or not at all.

The backup is read from end to end before anything is touched. A SQLite copy is unpacked beside the store and checked
there, then copied over the store with the online backup API, in one transaction of the store's own: a program that has it
open sees the old content or the new, never a mixture. A PostgreSQL store is torn down, made anew at the backup's
revision, filled, migrated and checked in one transaction. What is in the store already is replaced only if that is asked
for.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, delete, inspect, literal, select, text

from llmops.core.errors import CheckFailed, InputError, StoreError
from llmops.storage.addressed import AddressedBlobs
from llmops.storage.archive import BLOBS, DATABASE, TABLES, Manifest, Member, Part, read_parts, verify_archive
from llmops.storage.backup import driver_failures, driver_of
from llmops.storage.check import Checked, check_store
from llmops.storage.engine import BUSY_SECONDS, Database, connect
from llmops.storage.folder_blobs import FolderBlobs
from llmops.storage.revisions import HEAD, read_revision
from llmops.storage.store import Store, choose_blobs, open_store
from llmops.storage.tables.registry import MOVES
from llmops.storage.tables.schema import SCHEMA
from llmops.storage.upgrade import migrate
from llmops.storage.urls import show_url

# Never back: PostgreSQL does not undo this with the transaction.
_ADVANCE: Final = text(
    "SELECT setval(CAST(quote_ident(sequencename) AS regclass), greatest(:value, last_value)) FROM pg_sequences "
    "WHERE schemaname = current_schema() AND sequencename = :name"
)
NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Restored:
    """A store that was restored: where it is, what it holds, and the head of the history that it replaced."""

    url: str
    manifest: Manifest
    replaced: str
    indexes: tuple[str, ...]


def restore(url: str, path: Path, *, root: Path, blobs_url: str = "", overwrite: bool = False) -> Restored:
    """Make the store at a URL what it was when a backup was taken.

    Args:
        url: the store, of the same kind of database as the backed up one.
        path: what `back_up` wrote.
        root: the workspace folder.
        blobs_url: where blobs live, as for `open_store`.
        overwrite: whether a store that holds something may be replaced.

    Raises:
        InputError: the file is no backup or one of another kind of store, or the store holds something.
        CheckFailed: the backup is damaged, or what it holds is not sound; the store is as it was.
        StoreError: the store cannot be written.
    """
    manifest = verify_archive(path)
    database = connect(url, root=root)
    try:
        _refuse_others(manifest, database, path)
        if database.path is None:
            return _restore_tables(database, choose_blobs(database, blobs_url, root), path, manifest, overwrite)
        with _prepared(database.path, lambda: open_store(url, root=root, blobs_url=blobs_url)) as store:
            return _restore_file(store, path, manifest, overwrite)
    finally:
        database.close()


def _restore_file(store: Store, path: Path, manifest: Manifest, overwrite: bool) -> Restored:
    assert store.database.path is not None
    replaced = _held(store.database, overwrite)
    with (
        tempfile.TemporaryDirectory(prefix="restore-", dir=store.database.path.parent) as folder,
        _unpacked(path, manifest, Path(folder)) as copy,
    ):
        for digest in copy.blobs:
            store.blobs.put_blocks(copy.blobs.blocks(digest))
        _replace_file(copy.database, store.database)
    return _finished(store, manifest, replaced)


def _restore_tables(
    database: Database, blobs: AddressedBlobs, path: Path, manifest: Manifest, overwrite: bool
) -> Restored:
    with database.transaction() as connection:
        store = Store(database, blobs, HEAD)
        database.lock_registry(connection)
        revision = read_revision(connection)
        _refuse_newer(database, revision)
        replaced = _held(database, overwrite) if revision else ""
        _empty(connection, revision, manifest.revision)
        _fill_tables(connection, path, manifest)
        if manifest.revision != HEAD:
            migrate(connection, HEAD)
        _fill_blobs(path, blobs)
        return _finished(store, manifest, replaced)


def _refuse_others(manifest: Manifest, database: Database, path: Path) -> None:
    here = "sqlite" if database.is_sqlite else "postgresql"
    if manifest.database != here or database.in_memory:
        raise InputError(
            f"{path} is a backup of a {NAMES[manifest.database]} store, but the store here is {show_url(database.url)}",
            hint="Name a store of that kind in LLMOPS_STORE_URL, or carry versions and reports over with llmops export.",
        )
    if manifest.revision > HEAD:
        raise StoreError(
            f"{path} is at revision {manifest.revision}, newer than this program's {HEAD}",
            hint="pip install --upgrade llmops",
        )


def _refuse_newer(database: Database, revision: str | None) -> None:
    """How to take down the tables of a newer revision is not known here."""
    if revision is not None and revision > HEAD:
        raise StoreError(
            f"the store {database.place} is at revision {revision}, newer than this program's {HEAD}",
            hint="pip install --upgrade llmops",
        )


def _held(database: Database, overwrite: bool) -> str:
    """The head of the history that is about to be replaced.

    Raises:
        InputError: there is something, and it may not be replaced.
    """
    with database.read() as connection:
        there = set(inspect(connection).get_table_names())
        full = [table.name for table in SCHEMA.sorted_tables if table.name in there and _has_rows(connection, table)]
        if full and not overwrite:
            raise InputError(
                f"the store {show_url(database.url)} is not empty, and restoring would replace all of it",
                hint="Keep what it holds with llmops db backup, then repeat with --yes.",
            )
        last = select(MOVES.c.hash).order_by(MOVES.c.sequence.desc()).limit(1)
        return connection.execute(last).scalar() or "" if MOVES.name in full else ""


def _has_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(literal(1)).select_from(table).limit(1)).first() is not None


@contextmanager
def _prepared(place: Path, open_it: Callable[[], Store]) -> Iterator[Store]:
    """The SQLite store to restore into; made where there is none."""
    there = place.exists()
    try:
        store = open_it()
    except StoreError as error:
        if not there:
            raise
        raise StoreError(
            f"the store that the backup shall replace cannot be opened: {error.message}",
            hint=f"If it is lost anyway, move it away and repeat: mkdir lost && mv {place}* lost/",
        ) from error
    with closing(store):
        yield store


@contextmanager
def _unpacked(path: Path, manifest: Manifest, folder: Path) -> Iterator[Store]:
    """The backup as a store of its own, migrated where it is old, and found sound."""
    blobs = FolderBlobs(folder / "blobs")
    for name, part in read_parts(path):
        if name == DATABASE:
            with (folder / DATABASE).open("xb") as file:
                file.writelines(part.blocks())
        elif name.startswith(BLOBS):
            blobs.put_blocks(part.blocks())
    with closing(open_store(f"sqlite:///{DATABASE}", root=folder)) as copy:
        _compare(check_store(copy), manifest)
        yield copy


def _replace_file(source: Database, target: Database) -> None:
    deadline = time.monotonic() + BUSY_SECONDS

    def give_up(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")

    with source.read() as reading, target.read() as writing, driver_failures(sqlite3.Error):
        driver_of(reading).backup(driver_of(writing), progress=give_up)


def _empty(connection: Connection, revision: str | None, wanted: str) -> None:
    """Make the tables empty ones of a revision. Where they are of that revision already, their readers need not wait."""
    if revision == wanted:
        tables = [table.name for table in SCHEMA.sorted_tables]
        connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE"))
        for table in reversed(SCHEMA.sorted_tables):
            connection.execute(delete(table))
        return
    if revision:
        migrate(connection, "base")
    migrate(connection, wanted)


def _fill_tables(connection: Connection, path: Path, manifest: Manifest) -> None:
    for name, part in read_parts(path):
        if name.startswith(TABLES):
            _fill(connection, name.removeprefix(TABLES).removesuffix(".copy"), manifest.members[name], part)
    for sequence, value in manifest.sequences.items():
        connection.execute(_ADVANCE, {"name": sequence, "value": value})


def _fill_blobs(path: Path, blobs: AddressedBlobs) -> None:
    for name, part in read_parts(path):
        if name.startswith(BLOBS):
            blobs.put_blocks(part.blocks())


def _fill(connection: Connection, table: str, member: Member, part: Part) -> None:
    import psycopg

    there = inspect(connection)
    known = {str(column["name"]) for column in there.get_columns(table)} if there.has_table(table) else set()
    if not known.issuperset(member.columns):
        raise CheckFailed(
            f"the backup holds columns that revision {HEAD} does not know: {table} ({', '.join(member.columns)})",
            hint="It was written by another edition of llmops; restore it with that one.",
        )
    quote = connection.dialect.identifier_preparer.quote
    statement = f"COPY {quote(table)} ({', '.join(map(quote, member.columns))}) FROM STDIN"
    with driver_failures(psycopg.Error), driver_of(connection).cursor() as cursor, cursor.copy(statement) as rows:
        for block in part.blocks():
            rows.write(block)


def _finished(store: Store, manifest: Manifest, replaced: str) -> Restored:
    _compare(check_store(store), manifest)
    return Restored(store.url, manifest, replaced, tuple(store.corpus.indexes()))


def _compare(checked: Checked, manifest: Manifest) -> None:
    if (checked.head, checked.rows) != (manifest.head, manifest.rows):
        raise CheckFailed(
            f"the backup should hold a history of {manifest.rows} rows with the head {manifest.head or 'of none'}, "
            f"but holds {checked.rows} with {checked.head or 'none'}",
            hint="Use another backup.",
        )

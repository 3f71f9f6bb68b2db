"""Copy a whole store into one file while others read and write it.

Everything is read in one snapshot, so the copy is the store as it was at one moment. SQLite copies its file with the
online backup API; in write-ahead mode nobody waits for it. PostgreSQL reads every table with COPY in one read-only
REPEATABLE READ transaction, which needs no tool that must match the server's version. Blobs are read afterwards: what a
version of the snapshot needs was stored before the version was, and is never changed. A store that is not sound is not
copied, because what cannot be restored is no backup.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from llmops.core.errors import InputError, OutsideError
from llmops.core.hashing import Json
from llmops.storage.archive import DATABASE, TABLES, ArchiveWriter, Manifest
from llmops.storage.check import check_store
from llmops.storage.store import Store

_BLOB_TABLES = ("blobs", "blob_pieces", "blob_uses")  # blobs are files of a backup, wherever they live
_VERSION_TABLE = "alembic_version"


def back_up(store: Store, path: Path, *, now: datetime) -> tuple[Path, Manifest]:
    """Write a backup of a store: database and blobs, without vectors, which can be rebuilt.

    Args:
        store: others may write to it meanwhile.
        path: a file that is not there yet, compressed where its name ends in `.gz` or `.tgz`; or a folder, in which the
            file gets the time as its name.
        now: the time of the backup.

    Returns:
        The file, and what it holds.

    Raises:
        InputError: there is nothing to copy, or the file is there already.
        CheckFailed: the store is not sound; nothing is written.
        OutsideError: the file cannot be written.
    """
    if store.is_temporary:
        raise InputError("there is no store to back up yet", hint="The first llmops register makes one.")
    target = path / f"llmops-{now:%Y%m%dT%H%M%SZ}.tar" if path.is_dir() else path
    if target.exists():
        raise InputError(f"{target} is there already", hint="Name another file, or a folder.")
    if not target.parent.is_dir():
        raise InputError(f"there is no folder {target.parent}", hint=f"mkdir -p {target.parent}")
    with _writing(target), tempfile.TemporaryDirectory(prefix=".llmops-backup-", dir=target.parent) as folder:
        beside = Path(folder) / target.name
        writer = ArchiveWriter(beside, now)
        try:
            manifest = _copy(store, writer, Path(folder), now)
        finally:
            writer.close()
        _settle(beside)
        os.replace(beside, target)
        return target, manifest


def _copy(store: Store, writer: ArchiveWriter, scratch: Path, now: datetime) -> Manifest:
    with store.database.snapshot() as connection:
        checked = check_store(store)
        sequences: dict[str, int] = {}
        if store.database.is_sqlite:
            _copy_file(connection, scratch / DATABASE)
            writer.add_file(DATABASE, scratch / DATABASE)
        else:
            _copy_tables(connection, writer, scratch / "table")
            sequences = _sequences(connection)
        for digest in store.blobs:
            size = store.blobs.size(digest)
            if size is not None:  # a collection may remove meanwhile what nothing refers to
                writer.add_blob(digest, store.blobs.blocks(digest), size)
        manifest = Manifest(
            database="sqlite" if store.database.is_sqlite else "postgresql",
            revision=store.revision,
            head=checked.head,
            rows=checked.rows,
            blobs=writer.blobs,
            created_at=now,
            llmops=version("llmops"),
            members=writer.members,
            sequences=sequences,
        )
    writer.finish(manifest)
    return manifest


def _copy_file(connection: Connection, target: Path) -> None:
    """Copy the SQLite file in one step, and make it one that anybody can open for reading."""
    with driver_failures(sqlite3.Error):
        copy = sqlite3.connect(target, isolation_level=None)
        try:
            driver_of(connection).backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        finally:
            copy.close()


def _copy_tables(connection: Connection, writer: ArchiveWriter, scratch: Path) -> None:
    """Copy each table, referred ones first. The tables are the database's, which may be one revision ahead of ours."""
    import psycopg

    inspector = inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    for table, _ in inspector.get_sorted_table_and_fkc_names():
        if table is None or table in (*_BLOB_TABLES, _VERSION_TABLE):
            continue
        columns = tuple(str(column["name"]) for column in inspector.get_columns(table))
        statement = f"COPY {quote(table)} ({', '.join(map(quote, columns))}) TO STDOUT"
        with (
            driver_failures(psycopg.Error),
            scratch.open("wb") as file,
            driver_of(connection).cursor() as cursor,
            cursor.copy(statement) as rows,
        ):
            file.writelines(rows)
        writer.add_file(f"{TABLES}{table}.copy", scratch, columns)
        scratch.unlink()


def _sequences(connection: Connection) -> dict[str, int]:
    """The last value of each sequence; read after the tables, so that none is behind its table."""
    query = text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()")
    return {name: value for name, value in connection.execute(query) if value is not None}


def driver_of(connection: Connection) -> Json:
    """The driver's own connection, for what SQLAlchemy has no words for."""
    return connection.connection.driver_connection


@contextmanager
def driver_failures(kind: type[Exception]) -> Iterator[None]:
    """Give a driver's error the shape that SQLAlchemy gives it, so that it is explained like any other."""
    try:
        yield
    except kind as error:
        raise OperationalError(None, None, error) from error


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutsideError(
            f"the backup {target} cannot be written: {error.strerror or error}",
            hint="Free some space or make the folder writable; nothing was left behind.",
        ) from error


def _settle(path: Path) -> None:
    """Have the file on the disk before it gets its name."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())

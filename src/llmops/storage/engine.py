"""Connections: one `Database` for SQLite and PostgreSQL, with transactions that join and writers that queue.

SQLite: a writer begins with BEGIN IMMEDIATE, so that two processes wait for each other instead of failing half-way; a
reader outside a transaction reads in autocommit mode. PostgreSQL: a reader is in autocommit mode too (one round trip);
whoever numbers a version or appends to the hash chain first takes one advisory lock, `lock_registry`. There is one such
lock, not one a name, because a transaction that registers several artifacts would take several in its own order.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

from sqlalchemy import URL, Connection, Engine, Pool, StaticPool, create_engine, event, text

from llmops.core.errors import ExtraMissing
from llmops.core.hashing import Json
from llmops.storage.driver import Driver, begun
from llmops.storage.failures import explain, store_failures
from llmops.storage.urls import parse_url, show_url, sqlite_path

BUSY_SECONDS: Final = 20
_REGISTRY_LOCK: Final = 0x6C6C6D6F7073  # "llmops"
_WRITE: Final = "llmops_write"
_SNAPSHOT: Final = "llmops_snapshot"

# Pools of a parent process: never used here, never closed here (closing would touch the parent's files and sockets).
_inherited: list[Pool] = []


class Database:
    """An engine with this program's rules for reading, writing and failing."""

    def __init__(self, url: URL, engine: Engine, path: Path | None) -> None:
        self.url = url
        self.engine = engine
        self.path = path
        self.place = str(path) if path else show_url(url)
        self._local = threading.local()
        self._pid = os.getpid()
        # All threads share the one connection of an in-memory database.
        self._shared = threading.RLock() if self.in_memory else None

    def __repr__(self) -> str:
        return f"Database({self.place})"

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, not PostgreSQL."""
        return self.url.drivername == "sqlite"

    @property
    def in_memory(self) -> bool:
        """Whether it vanishes with this process."""
        return self.is_sqlite and self.path is None

    @property
    def in_transaction(self) -> bool:
        """Whether this thread is in a transaction, which may yet be undone, or in a snapshot."""
        return self._held() is not None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection for reading: the running transaction's, else one in autocommit mode."""
        held = self._held()
        if held is not None:
            with store_failures(self.url, self.place):
                yield held
            return
        with self._alone(), store_failures(self.url, self.place), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run the block in one transaction; inside another one of the same thread it joins that.

        Everything is undone when the outermost block raises.
        """
        held = self._held()
        if held is not None:
            with store_failures(self.url, self.place):
                yield held
            return
        with (
            self._alone(),
            store_failures(self.url, self.place),
            self.engine.connect() as connection,
            connection.execution_options(**{_WRITE: True}).begin(),
        ):
            self._local.connection = connection
            try:
                yield connection
            finally:
                self._local.connection = None

    @contextmanager
    def driver(self) -> Iterator[Driver]:
        """Run the block in one transaction, with statements for the driver itself; inside a running one it joins that.

        Use nothing else of the store in the block.
        """
        held = self._held()
        driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        try:
            if held is not None:
                yield Driver(held.connection.cursor(), is_sqlite=self.is_sqlite)
                return
            with (
                self._alone(),
                store_failures(self.url, self.place),
                begun(self.engine, is_sqlite=self.is_sqlite) as driver,
            ):
                yield driver
        except driver_error as error:
            raise explain(error, self.url, self.place) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read everything in the block as it is now, whatever others write meanwhile; nobody waits for it.

        Inside a transaction of the same thread it is that transaction.
        """
        held = self._held()
        if held is not None:
            with store_failures(self.url, self.place):
                yield held
            return
        options: dict[str, Json] = {_SNAPSHOT: True}
        if not self.is_sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            self._alone(),
            store_failures(self.url, self.place),
            self.engine.connect() as connection,
            connection.execution_options(**options).begin(),
        ):
            self._local.connection = connection
            try:
                yield connection
            finally:
                self._local.connection = None

    def lock_registry(self, connection: Connection) -> None:
        """Let no other process number versions or append to the history until this transaction ends.

        A snapshot needs no lock: nothing changes in it.
        """
        if not self.is_sqlite and not connection.get_execution_options().get(_SNAPSHOT):
            connection.execute(text(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _REGISTRY_LOCK})

    def close(self) -> None:
        """Let go of all connections."""
        if self._pid == os.getpid():
            self.engine.dispose()

    def _held(self) -> Connection | None:
        if self._pid != os.getpid():
            _inherited.append(self.engine.pool)
            self.engine.dispose(close=False)
            self._pid, self._local = os.getpid(), threading.local()
        held: Connection | None = getattr(self._local, "connection", None)
        return held

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._shared is None:
            yield
            return
        with self._shared:
            yield


def connect(url_text: str, *, root: Path) -> Database:
    """Make a Database; nothing is opened or created yet.

    Raises:
        SettingsError: the URL cannot be used.
        ExtraMissing: PostgreSQL without psycopg.
    """
    url = parse_url(url_text)
    if url.drivername == "sqlite":
        return _sqlite(url, sqlite_path(url, root))
    try:
        import psycopg  # noqa: F401  # the driver is looked for before SQLAlchemy wants it
    except ImportError as error:
        raise ExtraMissing("psycopg", "postgres", needed_for="a PostgreSQL store") from error
    arguments = {"connect_timeout": 10, "application_name": "llmops"}
    arguments = {key: value for key, value in arguments.items() if key not in url.query}
    return Database(url, create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=arguments), None)


def connect_memory() -> Database:
    """Make an empty in-memory SQLite database."""
    return _sqlite(parse_url("sqlite://"), None)


def _sqlite(url: URL, path: Path | None) -> Database:
    arguments = {"check_same_thread": False, "timeout": BUSY_SECONDS}
    if path is None:
        engine = create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True, connect_args=arguments)
    else:
        target = URL.create("sqlite", database=str(path))
        engine = create_engine(target, max_overflow=-1, hide_parameters=True, connect_args=arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(url, engine, path)


def _prepare_sqlite(connection: SqliteConnection, record: object) -> None:
    connection.isolation_level = None  # no transaction but the ones that are asked for
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(_WRITE):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif options.get(_SNAPSHOT):
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master")  # "now" is when a transaction first reads

"""Which revision a database is at, and how it gets to this program's.

A fresh SQLite store is made from the tables in one go and an older one is migrated, both under the write lock, so that
two processes that start at once make one store. Alembic is imported only to migrate. A PostgreSQL store belongs to a team:
it changes only by `upgrade`, and one newer revision is tolerated, so that a new laptop does not stop the others.
"""

import time
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from llmops.core.errors import StoreError
from llmops.storage.engine import BUSY_SECONDS, Database, connect
from llmops.storage.tables.schema import SCHEMA

HEAD: Final = "0001"
MIGRATIONS: Final = Path(__file__).parent / "migrations"

# As Alembic makes it.
_VERSION_TABLE: Final = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""


def read_revision(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one.

    Raises:
        StoreError: it holds tables that are not llmops's.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)
    if tables:
        raise StoreError(
            f"the database holds tables of another program: {', '.join(sorted(tables)[:5])}",
            hint="Give llmops a database of its own in LLMOPS_STORE_URL.",
        )
    return None


def make_current(database: Database) -> str:
    """Bring an opened SQLite database to HEAD, or check a PostgreSQL one; returns its revision.

    Raises:
        StoreError: it is newer than this program, or a PostgreSQL database is behind.
    """
    with database.read() as connection:
        revision = read_revision(connection)
    if revision == HEAD:
        return HEAD
    _refuse_newer(database, revision)
    if database.is_sqlite:
        upgrade_database(database)
        return HEAD
    if revision is None or _is_older(revision):
        stands = f"at revision {revision}" if revision else "empty"
        raise StoreError(
            f"the store {database.place} is {stands}, this program needs revision {HEAD}", hint="llmops db upgrade"
        )
    return revision


def upgrade(url: str, *, root: Path) -> tuple[str | None, str]:
    """Bring the database at a URL to HEAD; returns the revision before (None: it was empty) and after.

    Raises:
        StoreError: it is newer than this program, or cannot be changed.
    """
    database = connect(url, root=root)
    try:
        if database.path is not None:
            create_folder(database.path)
        return upgrade_database(database), HEAD
    finally:
        database.close()


def upgrade_database(database: Database) -> str | None:
    """Bring a database to HEAD under its lock; returns the revision before."""
    if database.is_sqlite:
        _use_wal(database)
    with database.transaction() as connection:
        database.lock_registry(connection)
        before = read_revision(connection)
        if before == HEAD:
            return before
        _refuse_newer(database, before)
        if before is None and database.is_sqlite:
            SCHEMA.create_all(connection, checkfirst=False)
            connection.execute(text(_VERSION_TABLE))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
        else:
            migrate(connection, HEAD)
        return before


def migrate(connection: Connection, target: str) -> None:
    """Run the migrations to a revision, or down to one (`base` removes everything), in the running transaction."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationContext, RevisionStep
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])

    def steps(revision: tuple[str, ...], context: MigrationContext) -> list[RevisionStep]:
        current = revision[0] if revision else "base"
        down = target == "base" or (current != "base" and current > target)
        found: list[RevisionStep] = list(
            script._downgrade_revs(target, current) if down else script._upgrade_revs(target, current)
        )
        return found

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=SCHEMA, render_as_batch=True)
        environment.run_migrations()


def create_folder(path: Path) -> None:
    """Make the folder of a SQLite file.

    Raises:
        StoreError: it cannot be made or written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {path.parent} cannot be made: {error.strerror}",
            hint="Make the folder above it writable, or set LLMOPS_STORE_URL to another place.",
        ) from error


def _is_older(revision: str) -> bool:
    return revision < HEAD


def _refuse_newer(database: Database, revision: str | None) -> None:
    if revision is None or _is_older(revision) or revision == HEAD:
        return
    if not database.is_sqlite and revision == f"{int(HEAD) + 1:04d}":
        return
    raise StoreError(
        f"the store {database.place} is at revision {revision}, newer than this program's {HEAD}",
        hint="pip install --upgrade llmops",
    )


def _use_wal(database: Database) -> None:
    """Switch a file to write-ahead logging; SQLite does not wait for a lock here, so we do."""
    if database.path is None:
        return
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        with database.engine.connect() as connection:
            try:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                return
            except DBAPIError as error:
                if "locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
        time.sleep(0.01)

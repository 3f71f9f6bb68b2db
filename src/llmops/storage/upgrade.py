"""How a database gets to this program's revision.

A fresh SQLite store is made from the tables in one go and an older one is migrated when it is opened, both under the write
lock, so that two processes that start at once make one store. Alembic is imported only to migrate. A PostgreSQL store
belongs to a team and changes only by `upgrade`.
"""

import time
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from llmops.core.errors import StoreError
from llmops.storage.engine import BUSY_SECONDS, Database, connect
from llmops.storage.failures import store_failures
from llmops.storage.revisions import HEAD, is_behind, read_revision, refuse_newer
from llmops.storage.tables.schema import SCHEMA
from llmops.storage.urls import show_url

MIGRATIONS: Final = Path(__file__).parent / "migrations"

# As Alembic makes it.
_VERSION_TABLE: Final = """
CREATE TABLE IF NOT EXISTS alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""


def upgrade(url: str, *, root: Path) -> tuple[str, str]:
    """Bring the database at a URL to HEAD; returns the URL without its password, and the revision.

    Raises:
        StoreError: it is newer than this program, or cannot be changed.
    """
    database = connect(url, root=root)
    try:
        if database.path is not None:
            create_folder(database.path)
        return show_url(database.url), upgrade_database(database)
    finally:
        database.close()


def make_current(database: Database) -> str:
    """Bring an opened SQLite database to HEAD, or check a PostgreSQL one; returns its revision.

    Raises:
        StoreError: it is newer than this program, or a PostgreSQL database is behind.
    """
    with database.read() as connection:
        revision = read_revision(connection)
    refuse_newer(database, revision)
    if revision is not None and not is_behind(revision):
        return revision
    if database.is_sqlite:
        return upgrade_database(database)
    stands = f"at revision {revision}" if revision else "empty"
    raise StoreError(
        f"the store {database.place} is {stands}, this program needs revision {HEAD}", hint="llmops db upgrade"
    )


def upgrade_database(database: Database) -> str:
    """Bring a database to HEAD under its lock; returns the revision, newer than HEAD where that is tolerated."""
    if database.path is not None:
        _use_wal(database)
    with database.transaction() as connection:
        database.lock_registry(connection)
        revision = read_revision(connection)
        refuse_newer(database, revision)
        if revision is None and database.is_sqlite:
            SCHEMA.create_all(connection, checkfirst=False)
            connection.execute(text(_VERSION_TABLE))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
        elif is_behind(revision):
            migrate(connection, HEAD)
        else:
            return revision or HEAD
    return HEAD


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
        environment.configure(connection=connection, target_metadata=SCHEMA)
        environment.run_migrations()


def create_folder(path: Path) -> None:
    """Make the folder of a SQLite file that is to be.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {path.parent} cannot be made: {error.strerror}",
            hint="Make the folder above it writable, or set LLMOPS_STORE_URL to another place.",
        ) from error


def _use_wal(database: Database) -> None:
    """Switch a file to write-ahead logging; SQLite does not wait for a lock here, so we do."""
    deadline = time.monotonic() + BUSY_SECONDS
    with store_failures(database.url, database.place):
        while True:
            try:
                with database.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                    return
            except DBAPIError as error:
                if "locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
            time.sleep(0.01)

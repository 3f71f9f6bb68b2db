"""Which revision this program's tables are at, and which one a database is at; known without loading Alembic."""

from typing import Final

from sqlalchemy import Connection, inspect, text

from llmops.core.errors import StoreError
from llmops.storage.engine import Database

HEAD: Final = "0004"
"""The last revision in `migrations`."""


def read_revision(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one.

    Raises:
        StoreError: it holds tables that are not llmops's.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if found is None or str(found).isdecimal():
            return found
    if tables:
        raise StoreError(
            f"the database holds tables of another program: {', '.join(sorted(tables)[:5])}",
            hint="Give llmops a database of its own in LLMOPS_STORE_URL.",
        )
    return None


def is_behind(revision: str | None) -> bool:
    """Whether a database is empty or older than this program."""
    return revision is None or revision < HEAD


def refuse_newer(database: Database, revision: str | None) -> None:
    """Raise StoreError if a database is newer than this program can work with.

    One newer revision of PostgreSQL is tolerated, so that a new laptop does not stop a team: a revision never takes away
    what the one before it needs.
    """
    if revision is None or revision <= HEAD:
        return
    if not database.is_sqlite and revision == f"{int(HEAD) + 1:04d}":
        return
    raise StoreError(
        f"the store {database.place} is at revision {revision}, newer than this program's {HEAD}",
        hint="pip install --upgrade llmops",
    )

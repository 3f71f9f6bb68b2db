"""Bringing databases up to date."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from llmops.core.errors import StoreError
from llmops.storage.engine import Database, connect
from llmops.storage.revisions import HEAD
from llmops.storage.store import open_store
from llmops.storage.tables.schema import SCHEMA
from llmops.storage.upgrade import MIGRATIONS, migrate, upgrade, upgrade_database
from tests.support.children import finish_child, start_child
from tests.support.stores import SQLITE_URL


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    url = "sqlite:///store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = connect(url, root=tmp_path)
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    own = ("lexical_words", "interaction_words")  # what FTS5 keeps for itself
    return {name for name in names if not name.startswith(own)}


def test_every_migration_goes_up_and_down_twice(empty: Database) -> None:
    revisions = sorted(re.findall(r"r(\d{4})_", " ".join(path.name for path in MIGRATIONS.glob("r*.py"))))
    for _ in range(2):
        for revision in revisions:
            with empty.transaction() as connection:
                migrate(connection, revision)
        assert tables(empty) == set(SCHEMA.tables)
        for revision in [*reversed(revisions[:-1]), "base"]:
            with empty.transaction() as connection:
                migrate(connection, revision)
        assert tables(empty) == set()
    assert upgrade_database(empty) == HEAD
    assert tables(empty) == set(SCHEMA.tables)


def test_a_migration_that_fails_changes_nothing(empty: Database) -> None:
    def migrate_and_fail() -> None:
        with empty.transaction() as connection:
            migrate(connection, HEAD)
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        migrate_and_fail()
    assert tables(empty) == set()


def test_upgrade_says_what_it_upgraded_and_to_what(empty: Database, tmp_path: Path) -> None:
    url = empty.url.render_as_string(hide_password=False)
    for _ in range(2):
        shown, revision = upgrade(url, root=tmp_path)
        assert revision == HEAD
        assert "correct-horse-battery" not in shown
    assert tables(empty) == set(SCHEMA.tables)


def test_upgrade_makes_the_folder_of_a_new_sqlite_store(tmp_path: Path) -> None:
    assert upgrade(SQLITE_URL, root=tmp_path) == (SQLITE_URL, HEAD)
    assert (tmp_path / ".llmops" / "store.db").is_file()


def test_an_empty_postgresql_database_is_left_to_db_upgrade(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"is empty, this program needs revision {HEAD}") as caught:
        open_store(postgres_url, root=tmp_path)
    assert caught.value.hint == "llmops db upgrade"


def test_a_database_of_another_program_is_left_alone(empty: Database, tmp_path: Path) -> None:
    with empty.transaction() as connection:
        connection.execute(text("CREATE TABLE customers (id INTEGER)"))
    url = empty.url.render_as_string(hide_password=False)
    with pytest.raises(StoreError, match="holds tables of another program: customers"):
        open_store(url, root=tmp_path)
    with empty.transaction() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('ae10f3')"))
    with pytest.raises(StoreError, match="holds tables of another program: alembic_version, customers"):
        open_store(url, root=tmp_path)
    assert tables(empty) == {"customers"}


OPEN = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
from tests.support.examples import add_version
store = open_store("sqlite:///.llmops/store.db", root=Path(sys.argv[1]))
add_version(store, {"by": sys.argv[2]})
store.close()
"""


def test_processes_that_make_a_store_at_once_make_one(tmp_path: Path) -> None:
    for child in [start_child(OPEN, str(tmp_path), str(number)) for number in range(4)]:
        finish_child(child)
    store = open_store(SQLITE_URL, root=tmp_path)
    assert [version.number for version in store.versions.of("prompt", "answer")] == [1, 2, 3, 4]
    store.close()

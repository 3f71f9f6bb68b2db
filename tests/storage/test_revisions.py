"""Revisions: which one a database is at."""

from pathlib import Path

import pytest
from sqlalchemy import text

from llmops.core.errors import StoreError
from llmops.storage.engine import connect_memory
from llmops.storage.revisions import HEAD, is_behind, read_revision
from llmops.storage.store import Store, open_store
from llmops.storage.upgrade import MIGRATIONS, upgrade
from tests.support.examples import add_version


def set_revision(store: Store, revision: str) -> None:
    with store.database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_head_is_the_last_migration_in_the_package() -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
    assert script.get_current_head() == HEAD
    assert len(script.get_heads()) == 1


def test_a_store_newer_than_the_program_names_both_revisions(store: Store, store_url: str, tmp_path: Path) -> None:
    set_revision(store, "0009")
    for attempt in (open_store, upgrade):
        with pytest.raises(StoreError, match=f"is at revision 0009, newer than this program's {HEAD}") as caught:
            attempt(store_url, root=tmp_path)
        assert caught.value.hint == "pip install --upgrade llmops"
        assert caught.value.exit_code == 3


def test_one_newer_revision_does_not_stop_a_team(store: Store, store_url: str, tmp_path: Path) -> None:
    newer = f"{int(HEAD) + 1:04d}"
    set_revision(store, newer)
    if store.database.is_sqlite:
        with pytest.raises(StoreError, match="newer than this program"):
            open_store(store_url, root=tmp_path)
    else:
        again = open_store(store_url, root=tmp_path)
        assert again.revision == newer
        assert add_version(again, {"body": "hi"}).number == 1
        again.close()


def test_an_empty_database_is_behind(store: Store) -> None:
    memory = connect_memory()
    with memory.read() as connection:
        assert read_revision(connection) is None
    memory.close()
    with store.database.read() as connection:
        assert read_revision(connection) == HEAD
    assert is_behind(None)
    assert is_behind("0000")
    assert not is_behind(HEAD)

"""The table of words and what stands beside it."""

from pathlib import Path

from sqlalchemy import text

from llmops.storage.lexical import LexicalRepository
from llmops.storage.revisions import HEAD
from llmops.storage.store import Store, open_store
from llmops.storage.tables.schema import SCHEMA
from llmops.storage.upgrade import migrate
from tests.support.corpora import add_documents, new_index


def test_dropping_the_tables_drops_the_index(sqlite_store: Store) -> None:
    with sqlite_store.database.transaction() as connection:
        SCHEMA.drop_all(connection)
        left = connection.scalars(text("SELECT name FROM sqlite_master WHERE name LIKE 'lexical%'")).all()
    assert left == []


def test_texts_of_an_older_store_are_found_after_the_migration(store_url: str, tmp_path: Path) -> None:
    store = open_store(store_url, root=tmp_path)
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {str(n): [f"a gale of number {n}"] for n in range(3)})
    with store.database.transaction() as connection:
        migrate(connection, "0002")
        migrate(connection, HEAD)
    assert len(LexicalRepository(store.database).search(generation.id, "gale", 5)) == 3
    store.close()

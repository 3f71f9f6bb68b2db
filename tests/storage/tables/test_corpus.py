"""The tables of indexes: what the databases themselves refuse or do."""

import pytest
from sqlalchemy import delete, func, insert, select

from llmops.core.errors import StoreError
from llmops.storage.store import Store
from llmops.storage.tables.corpus import CHUNKS, GENERATIONS, ITEMS
from tests.support.corpora import add_documents, new_index


def test_an_item_takes_its_chunks_with_it(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one", "two"], "b.md": ["three"]})
    with store.database.transaction() as connection:
        connection.execute(delete(ITEMS).where(ITEMS.c.key == "a.md"))
        assert connection.scalar(select(func.count()).select_from(CHUNKS)) == 1
        connection.execute(delete(GENERATIONS))
        assert connection.scalar(select(func.count()).select_from(CHUNKS)) == 0


def test_a_document_is_in_a_generation_once(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})

    def add_it_again() -> None:
        with store.database.transaction() as connection:
            row = connection.execute(select(ITEMS)).mappings().one()
            connection.execute(insert(ITEMS).values({**row, "id": "another"}))

    with pytest.raises(StoreError, match=r"UNIQUE|unique"):
        add_it_again()


def test_keys_sort_by_code_points_in_every_database(store: Store) -> None:
    generation, lease = new_index(store)
    keys = ["a/b.md", "a-b.md", "B.md", "ä.md", "a.md", "😀.md", "b.md"]
    add_documents(store, generation, lease, {key: [key] for key in keys})
    assert [item.key for item in store.corpus.items.all(generation.id, "files")] == sorted(keys)

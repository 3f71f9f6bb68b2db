"""A commit of a manifest: all of it or nothing, and no row more than the change needs."""

import pytest
from sqlalchemy import func, select

from llmops.domain.manifest import ItemWrite, Written
from llmops.storage.store import Store
from llmops.storage.tables.corpus import CHUNKS, COMMITS, ITEMS, OUTBOX, PAST_CHUNKS, PAST_ITEMS, TEXTS
from tests.support.corpora import NOW, add_documents, indexed, item, new_index

TABLES = (ITEMS, CHUNKS, TEXTS, OUTBOX, PAST_ITEMS, PAST_CHUNKS, COMMITS)


def sizes(store: Store) -> tuple[int, ...]:
    with store.database.read() as connection:
        return tuple(connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES)


def test_building_an_index_copies_nothing_to_the_past(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one", "two"], "b.md": ["three"]})
    assert sizes(store) == (2, 3, 3, 3, 0, 0, 1)


def test_a_change_copies_what_it_replaces(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one", "two"], "b.md": ["three"]})
    assert add_documents(store, generation, lease, {"a.md": ["one", "new"]}) == Written(1, 0, 1)
    assert sizes(store) == (2, 3, 4, 5, 1, 1, 2)


def test_the_same_again_writes_nothing(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    before = sizes(store)
    assert add_documents(store, generation, lease, {"a.md": ["one"]}) == Written(0, 0, 0)
    assert sizes(store) == before


def test_a_commit_that_fails_leaves_no_row(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    before = sizes(store)

    def fail() -> None:
        with store.transaction():
            store.corpus.commit(generation.id, lease, [ItemWrite(item("a.md", 2), (indexed("a.md", 0, "2"),))], [], NOW)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        fail()
    assert sizes(store) == before

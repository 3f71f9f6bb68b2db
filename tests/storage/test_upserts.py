"""Rows that may be there already."""

from sqlalchemy import select

from llmops.storage.store import Store
from llmops.storage.tables.corpus import TEXTS
from llmops.storage.upserts import insert_new, insert_or_update


def test_a_row_that_is_there_stays(store: Store) -> None:
    with store.database.transaction() as connection:
        insert_new(connection, TEXTS, [{"hash": "a", "content": "first"}])
        insert_new(connection, TEXTS, [{"hash": "a", "content": "second"}, {"hash": "b", "content": "third"}])
        insert_new(connection, TEXTS, [])
        rows = [tuple(row) for row in connection.execute(select(TEXTS).order_by(TEXTS.c.hash))]
    assert rows == [("a", "first"), ("b", "third")]


def test_a_row_that_is_there_is_replaced(store: Store) -> None:
    with store.database.transaction() as connection:
        insert_or_update(connection, TEXTS, [{"hash": "a", "content": "first"}])
        insert_or_update(connection, TEXTS, [{"hash": "a", "content": "second"}, {"hash": "b", "content": "third"}])
        insert_or_update(connection, TEXTS, [])
        rows = [tuple(row) for row in connection.execute(select(TEXTS).order_by(TEXTS.c.hash))]
    assert rows == [("a", "second"), ("b", "third")]

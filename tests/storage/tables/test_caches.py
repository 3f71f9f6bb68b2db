"""The tables of the caches."""

import pytest
from sqlalchemy import insert

from llmops.core.errors import StoreError
from llmops.storage.store import Store
from llmops.storage.tables.caches import EMBEDDINGS, REPLIES


def test_a_key_has_one_reply_and_one_vector(store: Store) -> None:
    for table, value in ((REPLIES, {"reply": "{}"}), (EMBEDDINGS, {"vector": b"\0"})):
        with pytest.raises(StoreError, match=r"(?i)unique"), store.database.transaction() as connection:
            connection.execute(insert(table), [{"key": "k", **value}, {"key": "k", **value}])

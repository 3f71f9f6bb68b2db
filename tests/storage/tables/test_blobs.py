"""The table of blobs."""

import pytest
from sqlalchemy import insert, select

from llmops.core.errors import StoreError
from llmops.storage.store import Store
from llmops.storage.tables.blobs import BLOBS


def test_a_digest_names_one_blob_of_any_bytes(store: Store) -> None:
    row = {"digest": "sha256:ab", "content": bytes(range(256))}
    with store.database.transaction() as connection:
        connection.execute(insert(BLOBS), row)
        assert bytes(connection.execute(select(BLOBS.c.content)).scalar_one()) == bytes(range(256))
    with pytest.raises(StoreError, match=r"(?i)unique"), store.database.transaction() as connection:
        connection.execute(insert(BLOBS), row)

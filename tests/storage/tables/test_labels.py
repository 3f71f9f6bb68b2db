"""What the tables of labels refuse."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from llmops.core.errors import StoreError
from llmops.storage.store import Store
from llmops.storage.tables.labels import LABEL_SAMPLES


def test_a_sample_belongs_to_a_run(store: Store) -> None:
    row = {"run_id": "run-0", "size": 1, "pool": 1, "at": datetime(2026, 1, 1, tzinfo=UTC)}
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.database.transaction() as connection:
        connection.execute(insert(LABEL_SAMPLES), row)

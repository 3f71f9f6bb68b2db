"""What the table of deliveries refuses."""

import pytest
from sqlalchemy import insert

from llmops.core.errors import StoreError
from llmops.storage.store import Store
from llmops.storage.tables.deliveries import DELIVERIES
from tests.support.examples import example_delivery


def test_an_event_goes_to_a_hook_once(store: Store) -> None:
    row = {**example_delivery("dlv-1").model_dump(), "holder": ""}
    with store.database.transaction() as connection:
        connection.execute(insert(DELIVERIES), row)
    with pytest.raises(StoreError, match=r"(?i)unique"), store.database.transaction() as connection:
        connection.execute(insert(DELIVERIES), {**row, "id": "dlv-2"})

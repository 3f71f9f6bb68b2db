"""The store as a whole."""

from llmops.storage.store import Store


def test_a_fresh_store_is_empty(store: Store) -> None:
    assert store.versions.artifacts() == []
    assert store.runs.runs() == []

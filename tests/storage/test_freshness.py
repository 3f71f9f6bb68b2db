"""Since when a generation may lack a change, and how long changes took."""

from datetime import timedelta

from sqlalchemy import update

from llmops.storage.store import Store
from llmops.storage.tables.corpus import ITEMS
from tests.support.corpora import NOW, add_documents, new_index


def test_what_waits_and_what_was_never_listed_is_lacking(store: Store) -> None:
    generation, lease = new_index(store)
    fresh = store.corpus.freshness
    assert fresh.lacks_since(generation.id) is None
    add_documents(store, generation, lease, {"one": ["first text"]})
    listed = generation.model_copy(update={"state": "ready", "synced_at": NOW + timedelta(hours=1)})
    store.corpus.save(listed, lease, NOW)
    assert fresh.lacks_since(generation.id) == 1000.0  # what waits changed then
    store.corpus.acknowledge(generation.id, lease, 10**6, NOW)
    assert fresh.lacks_since(generation.id) == (NOW + timedelta(hours=1)).timestamp()
    fresh.note_listed(generation.id, NOW + timedelta(hours=2))
    fresh.note_listed(generation.id, NOW + timedelta(hours=1))
    assert fresh.lacks_since(generation.id) == (NOW + timedelta(hours=2)).timestamp(), "a clock that was set back"


def test_delays_are_of_what_changed_since_the_generation_was_made(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"one": ["first"], "two": ["second"]})
    assert store.corpus.freshness.delays(generation.id, 10) == []
    with store.database.transaction() as connection:
        connection.execute(update(ITEMS).where(ITEMS.c.key == "two").values(changed_at=NOW.timestamp() + 60))
    assert store.corpus.freshness.delays(generation.id, 10) == [-60.0]

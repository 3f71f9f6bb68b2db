"""What a search wants to know of chunks."""

from datetime import timedelta

from llmops.storage.store import Store
from tests.support.corpora import NOW, add_documents, indexed, new_index


def test_keys_families_and_age(store: Store) -> None:
    generation, lease = new_index(store)
    assert store.passages.lacks_since(generation.id) is None
    add_documents(store, generation, lease, {"one": ["first text", "second text"], "two": ["first text"]})
    cid = indexed("one", 0, "first text").chunk.cid
    assert store.passages.vector_keys(generation.id, [cid, "gone"]) == {cid: "vector of first text"}
    inside = store.passages.within(generation.id, [("files", "one", 0, 99)])
    assert sorted(chunk.text for chunk in inside) == ["first text", "second text"]
    assert [chunk.text for chunk in store.passages.within(generation.id, [("files", "one", 0, 10)])] == ["first text"]
    assert store.passages.within(generation.id, []) == []
    listed = generation.model_copy(update={"state": "ready", "synced_at": NOW + timedelta(hours=1)})
    store.corpus.save(listed, lease, NOW)
    assert store.passages.lacks_since(generation.id) == 1000.0  # what waits changed then
    store.corpus.acknowledge(generation.id, lease, 10**6, NOW)
    assert store.passages.lacks_since(generation.id) == (NOW + timedelta(hours=1)).timestamp()

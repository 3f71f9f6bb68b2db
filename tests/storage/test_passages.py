"""What a search wants to know of chunks."""

from llmops.storage.store import Store
from tests.support.corpora import add_documents, indexed, new_index


def test_keys_and_families(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"one": ["first text", "second text"], "two": ["first text"]})
    cid = indexed("one", 0, "first text").chunk.cid
    assert store.passages.vector_keys(generation.id, [cid, "gone"]) == {cid: "vector of first text"}
    inside = store.passages.within(generation.id, [("files", "one", 0, 99)])
    assert sorted(chunk.text for chunk in inside) == ["first text", "second text"]
    assert [chunk.text for chunk in store.passages.within(generation.id, [("files", "one", 0, 10)])] == ["first text"]
    assert store.passages.within(generation.id, []) == []

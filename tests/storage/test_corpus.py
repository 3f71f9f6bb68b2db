"""The manifest: what a commit writes, all of it or nothing, and what is read back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from llmops.core.errors import Conflict
from llmops.domain.manifest import ItemWrite, Written
from llmops.storage.store import Store
from llmops.storage.tables.corpus import TEXTS
from tests.support.corpora import NOW, add_documents, indexed, item, new_index


def texts(store: Store) -> int:
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(TEXTS)) or 0


def cids(*pairs: tuple[str, str]) -> set[str]:
    return {indexed(key, 0, text).chunk.cid for key, text in pairs}


def test_a_generation_is_read_back_as_it_was_written(store: Store) -> None:
    generation, lease = new_index(store)
    assert store.corpus.generations("docs") == [generation]
    ready = generation.model_copy(update={"state": "ready", "dirty": True, "stored": 7, "synced_at": NOW})
    store.corpus.save(ready, lease, NOW)
    assert store.corpus.generations("docs") == [ready]
    assert (store.corpus.generations("other"), store.corpus.indexes()) == ([], ["docs"])


def test_the_newest_generation_comes_first(store: Store) -> None:
    first, lease = new_index(store)
    store.corpus.leases.release(lease)
    second, _ = new_index(store, uid="g2")
    assert [generation.uid for generation in store.corpus.generations("docs")] == [second.uid, first.uid]


def test_a_commit_writes_items_chunks_texts_and_outbox(store: Store) -> None:
    generation, lease = new_index(store)
    assert add_documents(store, generation, lease, {"a.md": ["one", "two"], "b.md": ["one"]}) == Written(3, 0, 0)
    counts = store.corpus.counts(generation.id)
    assert (counts.documents, counts.chunks, counts.pending, counts.failed) == (2, 3, 3, 0)
    assert counts.waiting_since == 1000.0
    assert texts(store) == 2
    assert store.corpus.generations("docs")[0].sequence == 1
    assert [entry.key for entry in store.corpus.items.all(generation.id, "files")] == ["a.md", "b.md"]


def test_documents_and_failures_of_all_sources_are_counted(store: Store) -> None:
    generation, lease = new_index(store)
    assert store.corpus.counts(generation.id)[:2] == (0, 0)
    items = [item("a.md"), item("b.md")._replace(error="torn"), item("c")._replace(source="sql", error="not UTF-8")]
    store.corpus.commit(generation.id, lease, [ItemWrite(each) for each in items], [], NOW)
    counts = store.corpus.counts(generation.id)
    assert (counts.documents, counts.failed, counts.chunks) == (3, 2, 0)


def test_a_long_outbox_is_read_in_pages(store: Store) -> None:
    generation, lease = new_index(store)
    assert store.corpus.last_pending(generation.id) == 0
    add_documents(store, generation, lease, {"a.md": ["one", "two", "three"]})
    whole = store.corpus.pending(generation.id)
    first = store.corpus.pending(generation.id, limit=2)
    assert [*first, *store.corpus.pending(generation.id, first[-1].sequence, 2)] == whole
    assert store.corpus.last_pending(generation.id) == whole[-1].sequence
    store.corpus.acknowledge(generation.id, lease, first[-1].sequence, NOW)
    assert store.corpus.pending(generation.id, limit=2) == whole[2:]


def test_chunks_come_back_with_text_place_and_title(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one", "two"]})
    wanted = indexed("a.md", 1, "two").chunk
    found = store.corpus.chunks(generation.id, [wanted.cid, "unknown"])
    assert found == {wanted.cid: wanted.model_copy(update={"metadata": {"headings": ["H"], "title": "Title a.md"}})}


def test_what_chunks_can_be_filtered_by_has_source_and_key(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    cid = indexed("a.md", 0, "one").chunk.cid
    assert store.corpus.metadata(generation.id, [cid, "unknown"]) == {
        cid: {"headings": ["H"], "source": "files", "key": "a.md"}
    }


def test_new_metadata_goes_into_the_outbox_if_it_can_be_filtered_by(store: Store) -> None:
    generation, lease = new_index(store)
    seen = []
    for metadata in ({}, {"tenant": "a"}, {"tenant": "a", "headings": ["H"]}, {"tenant": "b"}):
        one = indexed("a.md", 0, "one")
        one = one._replace(chunk=one.chunk.model_copy(update={"metadata": metadata}))
        store.corpus.commit(generation.id, lease, [ItemWrite(item("a.md"), (one,))], [], NOW)
        pending = store.corpus.pending(generation.id)
        seen.append([entry.embedding_key for entry in pending])
        if pending:
            store.corpus.acknowledge(generation.id, lease, pending[-1].sequence, NOW)
    assert seen == [["vector of one"], ["vector of one"], [], ["vector of one"]]


def test_only_what_changed_goes_into_the_outbox(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one", "two", "three"]})
    store.corpus.acknowledge(generation.id, lease, store.corpus.pending(generation.id)[-1].sequence, NOW)
    # A new first paragraph moves the others; one goes.
    assert add_documents(store, generation, lease, {"a.md": ["new", "one", "three"]}) == Written(1, 1, 1)
    pending = store.corpus.pending(generation.id)
    assert {entry.cid: entry.embedding_key for entry in pending} == {
        indexed("a.md", 0, "new").chunk.cid: "vector of new",
        indexed("a.md", 0, "two").chunk.cid: None,
    }
    ordinals = {
        chunk.text: chunk.ordinal for chunk in store.corpus.chunks(generation.id, _all(store, generation.id)).values()
    }
    assert ordinals == {"new": 0, "one": 1, "three": 2}


def _all(store: Store, generation: int) -> list[str]:
    return [cid for page in store.corpus.embedding_keys(generation) for cid, _ in page]


def test_the_same_again_writes_no_chunk(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    assert add_documents(store, generation, lease, {"a.md": ["one"]}) == Written(0, 0, 0)
    assert store.corpus.generations("docs")[0].sequence == 1


def test_an_item_may_change_without_its_chunks(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    broken = item("a.md", 2)._replace(error="a.md: broken")
    store.corpus.commit(generation.id, lease, [ItemWrite(broken)], [], NOW)
    assert store.corpus.items.failed(generation.id) == [broken]
    assert store.corpus.counts(generation.id)[:3] == (1, 1, 1)


def test_what_is_gone_takes_its_text_along_once_it_is_forgotten_unless_another_document_has_it(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["secret", "shared"], "b.md": ["shared"]})
    assert add_documents(store, generation, lease, {}, gone=["a.md"]) == Written(0, 0, 2)
    assert texts(store) == 2
    store.corpus.past.forget(generation, 2, lease, NOW)
    store.corpus.past.drop_texts()
    assert texts(store) == 1
    assert _all(store, generation.id) == list(cids(("b.md", "shared")))
    removed = {entry.cid for entry in store.corpus.pending(generation.id) if entry.embedding_key is None}
    assert removed == cids(("a.md", "secret"), ("a.md", "shared"))


def test_a_text_that_moves_to_another_document_is_kept(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    assert add_documents(store, generation, lease, {"b.md": ["one"]}, gone=["a.md"]) == Written(1, 0, 1)
    assert [chunk.text for chunk in store.corpus.chunks(generation.id, _all(store, generation.id)).values()] == ["one"]


def test_a_text_of_another_generation_is_kept(store: Store) -> None:
    first, lease = new_index(store)
    add_documents(store, first, lease, {"a.md": ["one"]})
    store.corpus.leases.release(lease)
    second, lease = new_index(store, uid="g2")
    add_documents(store, second, lease, {"a.md": ["one"]})
    add_documents(store, second, lease, {}, gone=["a.md"])
    assert len(store.corpus.chunks(first.id, _all(store, first.id))) == 1


def test_acknowledging_drops_what_came_before(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"a.md": ["one"]})
    first = store.corpus.pending(generation.id)
    add_documents(store, generation, lease, {"b.md": ["two"]})
    store.corpus.acknowledge(generation.id, lease, first[-1].sequence, NOW)
    assert [entry.embedding_key for entry in store.corpus.pending(generation.id)] == ["vector of two"]
    assert store.corpus.generations("docs")[0].applied == 2


def test_without_the_lease_nothing_is_written(store: Store) -> None:
    generation, stale = new_index(store)
    later = NOW + timedelta(hours=1)
    store.corpus.leases.acquire("docs", "process 2 on elsewhere", later)
    with pytest.raises(Conflict, match="was taken over from process 1 on elsewhere"):
        add_documents(store, generation, stale, {"a.md": ["one"]}, now=later)
    with pytest.raises(Conflict, match="taken over"):
        store.corpus.save(generation, stale, later)
    with pytest.raises(Conflict, match="taken over"):
        store.corpus.acknowledge(generation.id, stale, 1, later)
    with pytest.raises(Conflict, match="taken over"):
        store.corpus.create(generation.model_copy(update={"uid": "g9"}), stale, later)
    assert store.corpus.counts(generation.id)[:3] == (0, 0, 0)
    assert texts(store) == 0


def test_large_manifests_are_read_in_pages(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    generation, lease = new_index(sqlite_store)
    keys = [f"{number:05d}.md" for number in range(5003)]
    sqlite_store.corpus.commit(generation.id, lease, [ItemWrite(item(key)) for key in keys], [], NOW)
    assert [entry.key for entry in sqlite_store.corpus.items.all(generation.id, "files")] == keys
    assert list(sqlite_store.corpus.embedding_keys(generation.id)) == [[]]

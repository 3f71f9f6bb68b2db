"""What refers to blobs, and when they were last used."""

from datetime import timedelta

from llmops.domain.run import Run, RunBatch, RunFile
from llmops.storage.store import Store
from tests.support.examples import NOW, add_version

A, B, C, D = (f"sha256:{letter * 64}" for letter in "abcd")


def test_everything_that_names_a_blob_refers_to_it(store: Store) -> None:
    store.runs.start(Run(id="run-1", type="training", name="churn", started_at=NOW, refs={"environment": B}))
    store.tracking.record([RunBatch("run-1", files=[RunFile(path="model.skops", digest=A, size=3)])], NOW)
    add_version(store, {"blob": C, "cases": 3}, name="docs", kind="dataset")
    assert set(store.blob_uses.referred()) == {A, B, C}
    assert store.blob_uses.still_referred([A, B, D]) == {A}


def test_the_last_use_counts(store: Store) -> None:
    store.blob_uses.note([A, B], NOW)
    store.blob_uses.note([A], NOW + timedelta(hours=1))
    assert store.blob_uses.last([A, B, C]) == {A: NOW + timedelta(hours=1), B: NOW}
    store.blob_uses.forget([A])
    assert store.blob_uses.last([A, B]) == {B: NOW}


def test_putting_and_keeping_are_uses(store: Store) -> None:
    digest = store.blobs.put(b"weights")
    first = store.blob_uses.last([digest])[digest]
    store.blobs.keep(digest)
    assert store.blob_uses.last([digest])[digest] >= first


def test_a_store_has_one_name_for_ever(store: Store) -> None:
    with store.transaction():
        assert store.blob_uses.store_id() == ""  # the transaction may be undone
    name = store.blob_uses.store_id()
    assert len(name) == 16
    with store.transaction():
        assert store.blob_uses.store_id() == name

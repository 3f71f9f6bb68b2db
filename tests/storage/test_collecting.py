"""Collecting blobs that nothing refers to."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmops.core.errors import Conflict, InputError
from llmops.domain.run import Run, RunBatch, RunFile
from llmops.storage.collecting import Collected, collect
from llmops.storage.folder_blobs import FolderBlobs
from llmops.storage.store import Store, open_store
from tests.support.children import kill_child_after, start_child
from tests.support.stores import SQLITE_URL

DAY = timedelta(days=1)


def later() -> datetime:
    """When all that has happened is older than a day."""
    return datetime.now(UTC) + DAY


def log(store: Store, *digests: str, run: str = "run-1") -> None:
    store.runs.start(Run(id=run, type="training", name="churn", started_at=datetime.now(UTC)))
    files = [RunFile(path=f"{number}.bin", digest=digest, size=1) for number, digest in enumerate(digests)]
    store.tracking.record([RunBatch(run, files=files)], datetime.now(UTC))


def test_only_what_nothing_refers_to_is_removed(store: Store) -> None:
    kept, loose = store.blobs.put(b"kept"), store.blobs.put(b"loose")
    log(store, kept)
    moment = later()
    assert collect(store, now=moment, grace=DAY, dry_run=True) == Collected(removed=1, size=5, referred=1)
    assert list(store.blobs) == sorted([kept, loose])
    assert collect(store, now=moment, grace=DAY) == Collected(removed=1, size=5, referred=1)
    assert list(store.blobs) == [kept]
    store.runs.remove("run-1")
    assert collect(store, now=moment, grace=DAY).removed == 1
    assert list(store.blobs) == []


def test_what_was_used_lately_stays(store: Store) -> None:
    digest = store.blobs.put(b"weights")
    assert collect(store, now=datetime.now(UTC), grace=DAY) == Collected(waiting=1)
    moment = later()
    store.blob_uses.note([digest], moment)
    assert collect(store, now=moment, grace=DAY) == Collected(waiting=1)
    assert digest in store.blobs


def test_the_time_of_an_unknown_blob_begins_when_it_is_seen(store: Store) -> None:
    digest = store.blobs.put(b"of an older program")
    store.blob_uses.forget([digest])
    moment = later()
    assert collect(store, now=moment, grace=DAY) == Collected(waiting=1)
    assert collect(store, now=moment + DAY / 2, grace=DAY) == Collected(waiting=1)
    assert collect(store, now=moment + 2 * DAY, grace=DAY).removed == 1


def test_a_writer_and_a_collection_do_not_pass_each_other(store: Store) -> None:
    """The writer puts what is there already and old; the collection is about to remove the same."""
    contents = [f"weights {number}".encode() for number in range(60)]
    digests = [store.blobs.put(data) for data in contents]
    moment = later()
    stop = threading.Event()

    def collect_again_and_again() -> None:
        while not stop.is_set():
            collect(store, now=moment, grace=DAY)

    thread = threading.Thread(target=collect_again_and_again)
    thread.start()
    try:
        for number, data in enumerate(contents):
            log(store, store.blobs.put(data), run=f"run-{number}")
    finally:
        stop.set()
        thread.join()
    assert list(store.blobs) == sorted(digests)
    assert collect(store, now=later(), grace=DAY) == Collected(referred=60)


def test_a_collection_would_need_to_know_the_other_stores_of_a_place(tmp_path: Path) -> None:
    stores = [open_store(f"sqlite:///{name}.db", root=tmp_path, blobs_url="shared") for name in ("a", "b")]
    digests = [store.blobs.put(store.url.encode()) for store in stores]
    with pytest.raises(
        Conflict, match=rf"1 other store wrote blobs to .*shared \({stores[1].blob_uses.store_id()}\)"
    ) as told:
        collect(stores[0], now=later(), grace=DAY)
    assert "a place of its own" in told.value.hint
    assert list(stores[0].blobs) == sorted(digests)
    (tmp_path / "shared" / "stores" / stores[1].blob_uses.store_id()).unlink()
    assert collect(stores[0], now=later(), grace=DAY).removed == 1
    for store in stores:
        store.close()


def test_a_grace_that_no_writer_could_keep(sqlite_store: Store) -> None:
    with pytest.raises(InputError, match="a grace of 0:10:00 is too short") as told:
        collect(sqlite_store, now=later(), grace=timedelta(minutes=10))
    assert "--grace 24h" in told.value.hint


COLLECT = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from llmops.storage import collecting
from llmops.storage.folder_blobs import FolderBlobs
from llmops.storage.store import open_store
store, removing = open_store(sys.argv[1], root=Path(sys.argv[2])), FolderBlobs.remove
def remove(blobs, digest):
    removing(blobs, digest)
    print(digest, flush=True)
FolderBlobs.remove = remove
collecting.collect(store, now=datetime.now(UTC) + timedelta(days=1), grace=timedelta(days=1))
sys.stdin.read()
"""


def test_a_killed_collection_leaves_all_that_is_referred_to(tmp_path: Path) -> None:
    store = open_store(SQLITE_URL, root=tmp_path)
    digests = [store.blobs.put(f"weights {number}".encode()) for number in range(200)]
    log(store, *digests[::2])
    kill_child_after(start_child(COLLECT, SQLITE_URL, str(tmp_path)), lines=30)
    for digest in digests[::2]:
        store.blobs.get(digest)
    collect(store, now=later(), grace=DAY)
    assert list(store.blobs) == sorted(digests[::2])
    assert isinstance(store.blobs, FolderBlobs)
    store.close()

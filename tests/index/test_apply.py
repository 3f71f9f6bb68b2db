"""Killed at any step, an index is finished by the next sync; replaying the outbox changes nothing."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from llmops.core.bridge import run_sync
from llmops.core.errors import ModelError, VectorStoreError
from llmops.domain.ports import TextRole
from llmops.storage.store import Store, open_store
from llmops.storage.tables.caches import EMBEDDINGS
from llmops.storage.tables.corpus import OUTBOX
from tests.support.children import start_child
from tests.support.indexes import CountingEmbedder, Library

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

SYNC_UNTIL_KILLED = """
import os, signal, sys
from pathlib import Path
import llmops.index.apply, llmops.index.batches, llmops.index.embedding
from llmops.storage.store import open_store
from tests.support.indexes import Library

root, kind, step, left = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
llmops.index.batches.BATCH_DOCUMENTS, llmops.index.apply.OUTBOX_PAGE = 3, 3
llmops.index.apply.WRITE_BATCH, llmops.index.embedding.EMBED_BATCH = 2, 2
library = Library(root, open_store("sqlite:///.llmops/store.db", root=root), kind=kind)

def fault(name):
    global left
    left -= name == step
    if name == step and left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

library.fault = fault
print(library.sync(confirm_deletes=True).in_words())
"""


def sync_until_killed(library: Library, step: str, times: int = 1) -> None:
    child = start_child(SYNC_UNTIL_KILLED, str(library.root), library.kind, step, str(times))
    output, errors = child.communicate(timeout=120)
    assert child.returncode == -9, output + errors


def write_first(library: Library) -> None:
    library.write({f"{n}.md": f"# T{n}\n\nfirst text {n}\n\n# U{n}\n\nsecond text {n}" for n in range(8)})


def write_second(library: Library) -> None:
    library.write({f"{n}.md": f"# T{n}\n\nfirst text {n}\n\n# U{n}\n\nchanged text {n}" for n in range(4)})
    library.write({"new.md": "a new document", "9.md": "# T1\n\nfirst text 1"})
    library.remove("6.md", "7.md")


def cached(store: Store) -> int:
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(EMBEDDINGS)) or 0


def check_finished(library: Library, tmp_path: Path) -> None:
    """After one more sync the index is as a fresh build of the same folder, and what was cached was not embedded again."""
    before = cached(library.store)
    report = library.sync(confirm_deletes=True)
    assert report.embedded == cached(library.store) - before
    assert library.verify().sound
    store = open_store("sqlite:///fresh.db", root=tmp_path)
    fresh = Library(library.root, store, vectors_path="fresh")
    fresh.sync()
    assert library.content() == fresh.content()
    assert library.vectors() == fresh.vectors()
    store.close()
    rows, opened = library.rows(), library.opened
    assert library.sync().embedded == 0
    assert (library.rows(), library.opened) == (rows, opened)


FIRST = [("E", 2), ("T1", 1), ("T1", 3), ("dirty", 1), ("upsert", 1), ("upsert", 4), ("T2", 2), ("closed", 1)]
SECOND = [("E", 1), ("T1", 2), ("dirty", 1), ("upsert", 3), ("delete", 1), ("delete", 3), ("T2", 1), ("closed", 1)]


@pytest.mark.parametrize(("step", "times"), FIRST)
def test_a_first_sync_that_is_killed_is_finished_by_the_next(
    library: Library, tmp_path: Path, step: str, times: int
) -> None:
    write_first(library)
    sync_until_killed(library, step, times)
    check_finished(library, tmp_path)


@pytest.mark.parametrize(("step", "times"), SECOND)
def test_a_later_sync_that_is_killed_is_finished_by_the_next(
    library: Library, tmp_path: Path, step: str, times: int
) -> None:
    write_first(library)
    library.sync()
    write_second(library)
    sync_until_killed(library, step, times)
    # Whoever searches meanwhile gets what is committed, and nothing that is torn.
    wanted = {(place[0], place[3]) for place in library.content().values()}
    assert set(library.search("text", k=50)) == wanted
    check_finished(library, tmp_path)


@pytest.mark.parametrize("step", ["discard", "upsert", "rebuilt"])
def test_a_rebuild_that_is_killed_is_finished_by_the_next(library: Library, tmp_path: Path, step: str) -> None:
    write_first(library)
    library.sync()
    write_second(library)
    sync_until_killed(library, "upsert", 2)
    sync_until_killed(library, step)
    check_finished(library, tmp_path)


@pytest.mark.parametrize(("step", "times"), [("upsert", 3), ("closed", 1)])
def test_chroma_that_was_killed_while_it_wrote_is_made_again(
    library: Library, tmp_path: Path, step: str, times: int
) -> None:
    library.kind = "chroma"
    write_first(library)
    library.sync()
    write_second(library)
    sync_until_killed(library, step, times)
    before = cached(library.store)
    report = library.sync(confirm_deletes=True)
    assert report.rebuilt == "the last sync was interrupted while it wrote vectors"
    assert report.embedded == cached(library.store) - before
    assert library.verify().sound
    assert library.vectors().keys() == library.content().keys()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_replaying_the_outbox_in_any_order_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("replay")
    (root / "docs").mkdir()
    store = open_store("sqlite:///.llmops/store.db", root=root)
    library = Library(root, store)
    write_first(library)
    library.sync()
    once = set(library.content())
    write_second(library)
    library.sync(confirm_deletes=True)
    content, vectors = library.content(), library.vectors()
    known = sorted(once | set(content))
    replayed = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=30))
    with store.database.transaction() as connection:
        rows = [{"generation_id": library.generation.id, "cid": cid, "changed_at": 0.0} for cid in replayed]
        connection.execute(insert(OUTBOX), rows)
    assert library.sync().embedded == 0
    assert (library.content(), library.vectors()) == (content, vectors)
    assert store.corpus.counts(library.generation.id).pending == 0
    store.close()


def test_dirty_is_committed_before_the_first_write_and_cleared_after_the_last(library: Library) -> None:
    write_first(library)
    seen: list[tuple[str, bool]] = []
    library.fault = lambda step: seen.append((step, library.generation.dirty))
    library.sync()
    assert seen == [
        ("E", False), ("T1", False), ("dirty", True), ("upsert", True), ("T2", True), ("closed", True), ("verified", False)
    ]  # fmt: skip
    assert library.generation.dirty is False


def test_what_the_cache_has_lost_is_embedded_again(library: Library) -> None:
    write_first(library)
    library.sync()
    library.store.embeddings.prune()
    library.asked.clear()
    library.write({"0.md": "# T0\n\nfirst text 0"})
    assert library.sync().embedded == 1
    found = library.verify(repair=True)
    assert (found.sound, found.embedded) == (True, 14)
    assert len(set(library.asked)) == len(library.asked) == 15


def test_an_embedder_of_another_dimension_is_refused(library: Library) -> None:
    class Wrong(CountingEmbedder):
        async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
            return (await super().embed(texts, role))[:, :3]

    library.embedder = Wrong()
    write_first(library)
    with pytest.raises(ModelError, match=r"answered 16 texts with vectors of shape \(16, 3\), not \(16, 64\)"):
        library.sync()
    assert library.content() == {}
    assert cached(library.store) == 0


def test_vectors_that_another_process_holds_leave_the_change_committed(library: Library) -> None:
    write_first(library)
    library.sync()
    write_second(library)
    script = """
import fcntl, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_SH)
print("held", flush=True)
sys.stdin.read()
"""
    lock = library.folder / ".lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(VectorStoreError, match="another process is using the vectors"):
        library.sync(confirm_deletes=True)
    # Searches go on, and see the change.
    assert ("docs/new.md", "a new document") in library.search("a new document")
    holder.communicate("")
    assert library.sync(confirm_deletes=True).rebuilt
    assert library.verify().sound


def test_a_vector_store_that_lost_something_is_noticed_when_it_is_written_to(library: Library) -> None:
    write_first(library)
    library.sync()
    store = library.place.open_for(library.generation)
    store.delete(list(store.ids())[:3])
    store.close()
    library.write({"0.md": "changed"})
    report = library.sync()
    assert (report.rebuilt, report.embedded) == ("the vector store is not as the last sync left it", 1)
    assert library.vectors().keys() == library.content().keys()


def test_cancelling_a_sync_gives_the_lease_back(library: Library) -> None:
    class Waiting(CountingEmbedder):
        started = asyncio.Event()

        async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
            self.started.set()
            await asyncio.Event().wait()
            return await super().embed(texts, role)

    async def cancel() -> None:
        embedder = Waiting()
        library.embedder = embedder
        task = asyncio.create_task(library.index.sync())
        await embedder.started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError, match=r"^$"):
            await task

    write_first(library)
    run_sync(cancel())
    assert library.store.corpus.leases.held("docs", library.clock()) is None
    library.embedder = CountingEmbedder()
    assert library.sync().added == 8

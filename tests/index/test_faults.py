"""What goes wrong around a sync: the disk, the embedder, the sources, the clock, another process. The next sync mends it."""

import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

import llmops.index.embedding
from llmops.core.errors import Conflict, ModelError, VectorStoreDown
from llmops.domain.ports import TextRole, VectorShelf, VectorStore
from llmops.storage.store import open_store
from tests.support.children import ROOT, start_child
from tests.support.indexes import CountingEmbedder, Library

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

LIMITED = """
import resource, sys
from pathlib import Path
from llmops.core.errors import LlmopsError
from llmops.storage.store import open_store
from tests.support.indexes import Library

root, kind, most = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
library = Library(root, open_store("sqlite:///.llmops/store.db", root=root), kind=kind)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
try:
    library.sync()
except LlmopsError as error:
    print(type(error).__name__, "|", error.message, "|", error.hint)
"""
PAUSED = """
import sys
from pathlib import Path
from llmops.storage.store import open_store
from tests.support.indexes import Library

root = Path(sys.argv[1])
library = Library(root, open_store("sqlite:///.llmops/store.db", root=root), kind="chroma")

def fault(step):
    if step == sys.argv[2]:
        print(step, flush=True)
        sys.stdin.readline()

library.fault = fault
print(library.sync().updated)
"""


def documents(count: int, change: str = "") -> dict[str, str]:
    return {f"{n:03d}.md": f"# T{n}\n\nfirst text {n}\n\n# U{n}\n\nsecond text {n}{change}" for n in range(count)}


def check_fresh(library: Library) -> None:
    """The index is sound and holds what a fresh build of the same folder does."""
    found = library.verify()
    assert found.sound, found.in_words()
    store = open_store("sqlite:///fresh.db", root=library.root)
    fresh = Library(library.root, store, vectors_path="fresh")
    fresh.sync()
    assert library.content() == fresh.content()
    assert library.vectors().keys() == fresh.vectors().keys()
    store.close()


@pytest.mark.slow
def test_killed_at_random_points_an_index_is_as_a_fresh_build_after_one_more_sync() -> None:
    options = ["--points", "1", "--documents", "12", "--vectors", "exact"]
    command = [sys.executable, str(ROOT / "benchmarks" / "index_faults.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:3] for line in done.stdout.splitlines()[1:4]] == [
        ["exact", "first", "1"], ["exact", "generation", "1"], ["exact", "later", "1"]
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["exact", "chroma"])
def test_a_disk_that_is_full_is_told_and_nothing_is_lost(library: Library, kind: str) -> None:
    library.kind = kind
    library.write(documents(3)).sync()
    largest = max(path.stat().st_size for path in library.root.rglob("*") if path.is_file())
    library.write(
        {"big.md": "\n\n".join(f"# H{n}\n\n{' '.join(str(n * m) for m in range(3, 15))}" for n in range(500))}
    )
    child = start_child(LIMITED, str(library.root), kind, str(largest + 40_000))
    output, errors = child.communicate(timeout=120)
    assert (child.returncode, errors) == (0, "")
    kind_of, _, told = output.partition(" | ")
    assert kind_of in ("StoreError", "VectorStoreError")
    assert "disk" in told
    assert library.search("first text 1", k=1) == [("docs/001.md", "# T1\n\nfirst text 1")]
    assert library.sync().documents == 4
    check_fresh(library)


def test_an_embedder_that_fails_now_and_then_is_got_the_better_of(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llmops.index.embedding, "EMBED_BATCH", 1)
    drawn, calls = random.Random(3), list[int]()

    class Flaky(CountingEmbedder):
        async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
            calls.append(len(texts))
            if drawn.random() < 0.01:
                raise ModelError("the embedder answered 503", hint="Try again.")
            return await super().embed(texts, role)

    library.embedder = Flaky()
    library.write(documents(150))
    failures: list[str] = []
    while True:
        try:
            library.sync()
        except ModelError as error:
            failures.append(error.message)
        else:
            break
    failed = len(failures)
    assert set(failures) == {"the embedder answered 503"}
    # Only the calls that failed were made again.
    assert len(calls) == 300 + failed
    assert len(library.asked) == len(set(library.asked)) == 300
    check_fresh(library)


def test_documents_that_change_while_a_sync_reads_them_are_right_after_the_next(library: Library) -> None:
    library.write(documents(6)).sync()
    library.write(documents(6, " changed"))
    done: list[str] = []

    class Busy(CountingEmbedder):
        async def embed(self, texts: Sequence[str], role: TextRole = "document") -> "Vectors":
            if not done:  # listed and read by now, not yet committed
                library.write({"001.md": "# T1\n\nquite another text", "new.md": "a new one"})
                library.remove("002.md")
                done.append("edited")
            return await super().embed(texts, role)

    library.embedder = Busy()
    assert library.sync().updated == 6
    again = library.sync()
    assert (again.updated, again.added, again.deleted) == (1, 1, 1)
    check_fresh(library)


def test_a_document_that_goes_between_listing_and_reading_is_told_and_gone_after_the_next(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llmops.index.sources.files import FileSource

    library.write(documents(3))
    read = FileSource.read

    def vanish(source: FileSource, key: str) -> bytes:
        path = library.root / "docs" / "001.md"
        if key.endswith("001.md") and path.exists():
            path.unlink()
        return read(source, key)

    monkeypatch.setattr(FileSource, "read", vanish)
    report = library.sync()
    assert [(failure.key, failure.kept) for failure in report.failed] == [("docs/001.md", False)]
    assert "docs/001.md cannot be read" in report.problems[0]
    again = library.sync()
    assert (again.deleted, again.failed) == (1, ())
    check_fresh(library)


def test_a_clock_that_is_set_back_changes_neither_order_nor_contents(library: Library) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    library.clock = lambda: now
    library.write(documents(2)).sync()
    now -= timedelta(days=400)
    report = library.write({"000.md": "changed while the clock was wrong"}).sync()
    assert (report.updated, report.sequence) == (1, 2)
    times = [change.at for change in library.index.history().changes]
    assert times == sorted(times, reverse=True)
    assert library.search("clock was wrong", k=1) == [("docs/000.md", "changed while the clock was wrong")]
    assert library.sync().unchanged == 2
    now += timedelta(days=800)
    assert library.write({"001.md": "changed again"}).sync().sequence == 3
    check_fresh(library)


def test_one_process_writes_to_a_folder_of_chroma_while_another_reads_the_store(library: Library) -> None:
    library.kind = "chroma"
    library.write(documents(4)).sync()
    library.write({"000.md": "the changed text"})
    child = start_child(PAUSED, str(library.root), "upsert")
    assert child.stdout is not None
    assert child.stdout.readline() == "upsert\n"
    opened = library.opened
    assert library.search("the changed text", k=1) == [("docs/000.md", "the changed text")]
    assert library.opened == opened
    with pytest.raises(Conflict, match=rf"index 'docs' is being changed by process {child.pid} on") as caught:
        library.write({"001.md": "another"}).sync()
    assert "llmops index status docs" in caught.value.hint
    assert child.communicate("\n", timeout=120)[0] == "1\n"
    assert library.sync().updated == 1
    assert library.search("the changed text", k=1) == [("docs/000.md", "the changed text")]
    assert library.opened > opened + 1
    assert library.verify().sound


@dataclass
class Silent:
    """A shelf on a server that does not answer at first."""

    shelf: VectorShelf
    discarded: list[str] = field(default_factory=list)
    down: int = 0
    kind: str = "exact"
    place: str = "a server"
    is_served: bool = True

    def open(self, name: str, dimension: int) -> VectorStore:
        if self.down:
            self.down -= 1
            raise VectorStoreDown("the server does not answer", hint="Start it.")
        return self.shelf.open(name, dimension)

    def discard(self, name: str) -> None:
        self.discarded.append(name)
        self.shelf.discard(name)

    def stamp(self, name: str, mark: str) -> None:
        self.shelf.stamp(name, mark)

    def doubt(self, name: str, mark: str) -> str:
        return self.shelf.doubt(name, mark)


def test_vectors_are_not_thrown_away_because_their_server_is_silent(library: Library) -> None:
    library.shelf = silent = Silent(library.place.shelf)
    library.write(documents(2)).sync()
    silent.discarded.clear()
    silent.down = 1
    with pytest.raises(VectorStoreDown, match="the server does not answer"):
        library.write({"000.md": "changed"}).sync()
    assert silent.discarded == []
    report = library.sync()
    assert (report.rebuilt, silent.discarded) == ("", [])
    assert library.vectors().keys() == library.content().keys()

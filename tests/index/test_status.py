"""What an index says about itself."""

from datetime import UTC, datetime

import pytest

from llmops.domain.corpus import ChunkingSpec
from llmops.storage.leases import this_process
from tests.support.indexes import SPEC, Library

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_an_index_that_was_never_built_has_no_generations(library: Library) -> None:
    status = library.index.status()
    assert (status.current, status.rows(), status.holder) == (None, [], "")


def test_the_status_of_a_healthy_index(library: Library) -> None:
    library.clock = lambda: NOON
    library.write({"a.md": "# A\n\none\n\n# B\n\ntwo", "bad.md": b"\xff"}).sync()
    status = library.index.status()
    assert status.current is not None
    assert (status.current.documents, status.current.chunks, status.current.pending) == (2, 2, 0)
    assert [failure.reason for failure in status.current.failed] == ["docs/bad.md: byte 0xff in line 1 is no UTF-8"]
    row = dict(zip(status.columns, status.rows()[0], strict=True))
    assert row == {
        "generation": status.current.uid,
        "state": "ready",
        "documents": "2",
        "chunks": "2",
        "pending": "0",
        "failed": "1",
        "synced": "2026-03-01 12:00",
        "notes": "",
    }


def test_generations_of_other_configurations_are_listed(library: Library) -> None:
    library.write({"a.md": "one"}).sync()
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=32, overlap=0)})
    status = library.index.status()
    assert status.current is None
    assert [row[-1] for row in status.rows()] == ["other configuration"]
    library.sync(build=True)
    assert [row[-1] for row in library.index.status().rows()] == ["", "other configuration"]
    assert library.index.status().as_json()["generations"][1]["current"] is False


def test_an_interrupted_sync_shows_what_waits_and_since_when(library: Library) -> None:
    def stop(step: str) -> None:
        if step == "dirty":
            raise RuntimeError("stopped")

    library.write({"a.md": "one"}).sync()
    library.fault = stop
    with pytest.raises(RuntimeError, match="stopped"):
        library.write({"a.md": "two"}).sync()
    current = library.index.status().current
    assert current is not None
    assert (current.pending, current.distrust) == (2, "the last sync was interrupted while it wrote vectors")
    assert current.waiting_seconds is not None
    assert 0 <= current.waiting_seconds < 60


def test_whoever_syncs_is_named(library: Library) -> None:
    library.write({"a.md": "one"}).sync()
    library.store.corpus.leases.acquire("docs", this_process(), library.clock())
    status = library.index.status()
    assert status.holder == this_process()
    assert status.rows()[0][-1] == f"being synced by {this_process()}"

"""Syncs: what changes, what does not, what is held back, and that a chain of them ends where a fresh build would."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.bridge import run_sync
from llmops.core.errors import Conflict, InputError, OutsideError
from llmops.domain.corpus import ChunkingSpec, SourceSpec
from llmops.domain.needs import Needs
from llmops.index.estimate import BuildNeeded
from llmops.storage.leases import this_process
from llmops.storage.store import open_store
from tests.support.indexes import SPEC, CountingEmbedder, Library

DOCUMENTS = {
    "a.md": "# A\n\nfirst text\n\n# B\n\nsecond text",
    "b.txt": "third text",
    "sub/c.html": "<h1>C</h1><p>fourth",
}


def test_the_first_sync_builds_a_generation(any_library: Library) -> None:
    report = any_library.write(DOCUMENTS).sync()
    assert (report.added, report.documents, report.chunks, report.embedded, report.upserted) == (3, 3, 4, 4, 4)
    assert report.reason == "nothing has been built yet"
    assert (any_library.generation.state, any_library.generation.dirty) == ("ready", False)
    assert any_library.vectors().keys() == any_library.content().keys()
    assert {text for _, _, _, text in any_library.content().values()} == {
        "# A\n\nfirst text", "# B\n\nsecond text", "third text", "# C\n\nfourth"
    }  # fmt: skip


def test_a_sync_without_changes_writes_nothing_and_opens_nothing(any_library: Library) -> None:
    any_library.write(DOCUMENTS).sync()
    rows, opened, loaded = any_library.rows(), any_library.opened, any_library.loaded
    report = any_library.sync()
    assert (report.unchanged, report.documents, report.chunks, report.embedded) == (3, 3, 4, 0)
    assert any_library.rows() == rows
    assert (any_library.opened, any_library.loaded) == (opened, loaded)


def test_a_touched_file_changes_its_token_only(any_library: Library) -> None:
    any_library.write(DOCUMENTS).sync()
    before, opened = any_library.rows(), any_library.opened
    os.utime(any_library.root / "docs/a.md", ns=(1, 1))
    report = any_library.sync()
    assert (report.touched, report.updated, report.unchanged, report.embedded) == (1, 0, 2, 0)
    after = any_library.rows()
    assert any_library.opened == opened
    changed = [row for row in after["items"] if row not in before["items"]]
    assert [row[3] for row in changed] == ["docs/a.md"]
    for table in ("chunks", "texts", "outbox"):
        assert after[table] == before[table]
    assert any_library.sync().touched == 0


def test_of_a_changed_document_only_new_text_is_embedded(any_library: Library) -> None:
    any_library.write(DOCUMENTS).sync()
    kept = any_library.content().keys()
    any_library.asked.clear()
    report = any_library.write({"a.md": "# New\n\nin front\n\n# A\n\nfirst text\n\n# B\n\nsecond text!"}).sync()
    assert sorted(any_library.asked) == sorted(["# New\n\nin front", "# B\n\nsecond text!"])
    assert (report.updated, report.upserted, report.removed) == (1, 2, 1)
    moved = [place for cid, place in any_library.content().items() if cid in kept and place[0] == "docs/a.md"]
    assert moved == [("docs/a.md", 1, 5, "# A\n\nfirst text")]
    assert any_library.vectors().keys() == any_library.content().keys()


def test_a_moved_document_is_not_embedded_again(any_library: Library) -> None:
    any_library.write(DOCUMENTS).sync()
    any_library.asked.clear()
    (any_library.root / "docs/a.md").rename(any_library.root / "docs/z.md")
    report = any_library.sync()
    assert (report.added, report.deleted, report.embedded, any_library.asked) == (1, 1, 0, [])
    assert {place[0] for place in any_library.content().values()} == {"docs/z.md", "docs/b.txt", "docs/sub/c.html"}


def test_a_deleted_document_is_gone_and_its_text_is_once_it_is_forgotten(any_library: Library) -> None:
    any_library.write(DOCUMENTS).sync()
    any_library.remove("b.txt")
    assert any_library.sync().deleted == 1
    assert all(place[0] != "docs/b.txt" for place in any_library.content().values())
    assert any_library.vectors().keys() == any_library.content().keys()
    assert [row for row in any_library.rows()["texts"] if "third text" in row]
    any_library.index.prune(Needs({any_library.spec.fingerprint: ("rag/docs.yaml",)}), 2)
    assert not [row for row in any_library.rows()["texts"] if "third text" in row]


def test_a_document_that_cannot_be_parsed_is_reported_and_kept(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    report = library.write({"a.md": b"\xff", "new.md": b"\xfe\xff\xd8"}).sync()
    assert [(failure.key, failure.kept) for failure in report.failed] == [("docs/a.md", True), ("docs/new.md", False)]
    assert (report.updated, report.added) == (0, 0)
    assert "docs/a.md" in {place[0] for place in library.content().values()}
    rows = library.rows()
    again = library.sync()
    assert again.failed == report.failed
    assert library.rows() == rows
    assert library.write({"a.md": "better", "new.md": "good"}).sync().failed == ()
    assert {place[3] for place in library.content().values()} >= {"better", "good"}


def test_a_suspicious_number_of_deletes_waits_to_be_confirmed(library: Library) -> None:
    library.write({f"{number}.md": f"text {number}" for number in range(20)}).sync()
    library.remove(*(f"{number}.md" for number in range(7)))
    few = library.write({"new.md": "something new", "8.md": "changed"}).sync()
    assert (few.held, few.deleted, few.added, few.updated, few.documents) == (0, 7, 1, 1, 14)
    library.remove(*(f"{number}.md" for number in range(8, 16)))
    held = library.write({"newer.md": "something newer"}).sync()
    assert (held.held, held.deleted, held.added, held.documents) == (8, 0, 1, 15)
    assert held.problems != []
    assert library.sync().held == 8
    confirmed = library.sync(confirm_deletes=True)
    assert (confirmed.held, confirmed.deleted, confirmed.documents) == (0, 8, 7)
    assert library.sync().problems == []


def test_a_folder_that_is_gone_deletes_nothing(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    (library.root / "docs").rename(library.root / "moved")
    with pytest.raises(InputError, match="there is no folder 'docs'"):
        library.sync()
    (library.root / "moved").rename(library.root / "docs")
    assert library.sync().unchanged == 3


def test_a_changed_configuration_builds_a_new_generation_beside_the_old(library: Library) -> None:
    library.write(DOCUMENTS).sync()
    old = library.generation
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(method="fixed", size=8, overlap=2)})
    rows, asked = library.rows(), list(library.asked)
    with pytest.raises(
        BuildNeeded,
        match=rf"needs a new generation: chunking changed since generation {old.uid}; about 3 chunks",
    ) as caught:
        library.sync()
    assert caught.value.hint == "Build it beside the old one, which goes on answering: llmops index sync docs --build"
    assert (caught.value.exit_code, library.rows(), library.asked) == (2, rows, asked)
    report = library.sync(build=True)
    assert report.reason == f"chunking changed since generation {old.uid}"
    assert report.added == 3
    assert [generation.uid for generation in library.store.corpus.generations("docs")] == [report.generation, old.uid]
    library.spec = SPEC
    rows = library.rows()
    assert library.sync().generation == old.uid
    assert library.rows() == rows


def test_overlapping_sources_index_a_document_once(library: Library) -> None:
    library.spec = SPEC.model_copy(update={"sources": (SourceSpec(files="docs/*.md"), SourceSpec(files="docs/**"))})
    library.write(DOCUMENTS).sync()
    assert sorted(item[3] for item in library.rows()["items"]) == ["docs/a.md", "docs/b.txt", "docs/sub/c.html"]  # type: ignore[type-var]
    assert library.sync().unchanged == 3


def test_chunks_larger_than_the_embedder_reads_are_refused(library: Library) -> None:
    class Short(CountingEmbedder):
        max_tokens = 12

    library.embedder = Short()
    with pytest.raises(
        InputError, match=r"chunking\.size is 16, but offline/hash-64 reads only the first 12 tokens"
    ) as caught:
        library.write(DOCUMENTS).sync()
    assert caught.value.hint == "Set chunking.size to at most 12."


def test_a_second_sync_is_told_who_has_the_index(any_library: Library) -> None:
    lease = any_library.store.corpus.leases.acquire("docs", this_process(), any_library.clock())
    with pytest.raises(Conflict, match=r"index 'docs' is being changed by process \d+ on"):
        any_library.write(DOCUMENTS).sync()
    any_library.store.corpus.leases.release(lease)
    assert any_library.sync().added == 3


def test_of_two_syncs_at_once_one_writes(library: Library) -> None:
    other = Library(library.root, open_store("sqlite:///.llmops/store.db", root=library.root))
    said: list[str] = []

    def interfere(step: str) -> None:
        if step == "T1":
            with pytest.raises(Conflict, match="is being changed by"):
                run_in_thread(other)
            said.append(step)

    library.fault = interfere
    assert library.write(DOCUMENTS).sync().added == 3
    assert said == ["T1"]
    library.fault = None
    assert other.sync().unchanged == 3
    other.store.close()


def run_in_thread(library: Library) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(library.index.sync())).result()


def test_progress_counts_documents(library: Library) -> None:
    seen: list[tuple[int, int | None, str]] = []
    run_sync(library.write(DOCUMENTS).index.sync(lambda done, total, what: seen.append((done, total, what))))
    assert seen.pop() == (4, 4, "comparing vectors")
    assert seen == sorted(seen)
    assert seen[-1][:2] == (3, 3)


def test_an_embedder_that_fails_loses_nothing_of_what_was_done(library: Library) -> None:
    assert isinstance(library.embedder, CountingEmbedder)
    library.write(DOCUMENTS).sync()
    library.embedder.failure = OutsideError("no answer")
    with pytest.raises(OutsideError, match="no answer"):
        library.write({"d.md": "new"}).sync()
    assert library.store.corpus.leases.held("docs", library.clock()) is None
    assert library.generation.dirty is False
    library.embedder.failure = None
    assert library.sync().added == 1


NAMES = st.sampled_from(["a.md", "b.md", "sub/c.md", "d.txt"])
TEXTS = st.sampled_from(
    ["one", "two", "# H\n\none\n\n# G\n\ntwo", "# H\n\none", "", "bad\xff", "word " * 40, "one\n\n" * 9]
)
EDITS = st.lists(st.tuples(st.sampled_from(["write", "remove", "touch"]), NAMES, TEXTS), max_size=5)


def edit(library: Library, kind: str, name: str, text: str) -> None:
    path = library.root / "docs" / name
    if kind == "write":
        library.write({name: text.encode("latin-1")})
    elif path.exists() and kind == "remove":
        path.unlink()
    elif path.exists():
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(EDITS, min_size=1, max_size=4))
def test_any_chain_of_syncs_ends_where_a_fresh_build_would(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str, str]]]
) -> None:
    root: Path = tmp_path_factory.mktemp("chain")
    (root / "docs").mkdir()
    store = open_store("sqlite:///.llmops/store.db", root=root)
    library = Library(root, store)
    for edits in rounds:
        for change in edits:
            edit(library, *change)
        report = library.sync()
        # I1: what is stored is what is desired; nothing waits.
        assert library.vectors().keys() == library.content().keys()
        assert library.store.corpus.counts(library.generation.id).pending == 0
        # I5: a sync again writes nothing.
        rows, opened = library.rows(), library.opened
        assert library.sync().failed == report.failed
        assert library.rows() == rows
        assert library.opened == opened
    # I4: no text was embedded twice.
    assert len(library.asked) == len(set(library.asked))
    # I10: a healthy index is sound, and repairing it writes nothing.
    rows = library.rows()
    assert library.verify(repair=True).sound
    assert library.rows() == rows
    failed = {failure.key for failure in report.failed}
    for key in failed:
        (root / key).unlink()
    library.sync(confirm_deletes=True)
    fresh_store = open_store("sqlite:///fresh.db", root=root)
    fresh = Library(root, fresh_store)
    fresh.sync()
    assert library.content() == fresh.content()
    assert library.vectors() == fresh.vectors()
    store.close()
    fresh_store.close()

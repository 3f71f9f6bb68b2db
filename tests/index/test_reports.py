"""What a sync says when it is done."""

from llmops.index.reports import Failure, SyncReport, read_failures
from llmops.storage.store import Store
from tests.support.corpora import NOW, add_documents, item, new_index


def test_a_report_in_words() -> None:
    report = SyncReport(
        index="docs",
        generation="abc",
        reason="chunking changed since generation xyz",
        added=2,
        deleted=1,
        unchanged=7,
        documents=9,
        chunks=30,
        embedded=5,
        rebuilt="the folder of vectors is gone",
        seconds=1.25,
    )
    assert report.in_words() == (
        "docs: 2 added, 1 deleted, 7 unchanged; 30 chunks of 9 documents, 5 texts embedded, in 1.2 s\n"
        "built generation abc: chunking changed since generation xyz\n"
        "vectors rebuilt from the store: the folder of vectors is gone"
    )
    assert report.problems == []


def test_what_went_wrong_is_said_with_what_to_do() -> None:
    failed = (
        Failure(key="a.md", reason="a.md: broken", kept=True),
        Failure(key="b.md", reason="b.md: new", kept=False),
    )
    report = SyncReport(index="docs", generation="abc", held=8, failed=failed)
    assert report.problems == [
        "a.md: broken; its last good version is kept",
        "b.md: new; it is not in the index",
        "8 documents are gone from the sources, too many to delete unasked; if that is right: "
        "llmops index sync docs --confirm-deletes",
    ]
    assert report.in_words().splitlines()[1:] == report.problems
    assert report.as_json()["problems"] == report.problems


def test_failures_come_from_the_manifest(sqlite_store: Store) -> None:
    from llmops.domain.manifest import ItemWrite

    generation, lease = new_index(sqlite_store)
    add_documents(sqlite_store, generation, lease, {"a.md": ["x"]})
    new = item("b.md")._replace(error="b.md: bad", content_hash="")
    old = item("a.md", 2)._replace(error="a.md: bad")
    sqlite_store.corpus.commit(generation.id, lease, [ItemWrite(new), ItemWrite(old)], [], NOW)
    assert read_failures(sqlite_store.corpus, generation.id) == (
        Failure(key="a.md", reason="a.md: bad", kept=True),
        Failure(key="b.md", reason="b.md: bad", kept=False),
    )

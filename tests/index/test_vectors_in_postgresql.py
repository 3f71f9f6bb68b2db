"""An index whose vectors are in the database of its store: whatever happens to the table, nothing is embedded twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmops.core.bridge import run_sync
from llmops.core.hashing import Json
from llmops.domain.corpus import ChunkingSpec
from llmops.domain.needs import Needs
from llmops.storage.pgvector import PgvectorShelf
from llmops.storage.pgvector_table import Server, table_name
from llmops.storage.store import open_store
from llmops.storage.upgrade import upgrade
from llmops.storage.urls import parse_url
from tests.support.indexes import SPEC, Library
from tests.support.postgres import PostgresServer


@pytest.fixture
def library(tmp_path: Path, pgvector_server: PostgresServer) -> Iterator[Library]:
    with pgvector_server.database() as url:
        upgrade(url, root=tmp_path)
        store = open_store(url, root=tmp_path)
        made = Library(tmp_path, store, kind="pgvector", shelf=PgvectorShelf(Server(parse_url(url), 30.0)))
        made.write({f"{n}.md": f"# T{n}\n\nfirst text {n}" for n in range(6)}).sync()
        yield made
        store.close()


def run(library: Library, statement: str) -> list[tuple[Json, ...]]:
    """Execute a statement on the table of the newest generation."""
    assert isinstance(library.shelf, PgvectorShelf)
    table = table_name(library.place.address(library.generation)[1])
    with library.shelf.server.connected() as connection:
        cursor = connection.execute(statement.format(table).encode())
        return cursor.fetchall() if cursor.description else []


def test_searches_and_their_filters_are_answered_by_the_table(library: Library) -> None:
    assert run(library, "SELECT count(*) FROM {}") == [(6,)]
    opened = library.opened
    index = library.index
    hits = run_sync(index.search("first text 3", k=2, filters={"key": ["docs/4.md", "docs/5.md"]}))
    assert sorted(str(context.metadata["key"]) for context in hits.contexts) == ["docs/4.md", "docs/5.md"]
    index.close()
    assert library.opened == opened + 1
    assert library.search("first text 3", k=1) == [("docs/3.md", "# T3\n\nfirst text 3")]
    opened = library.opened
    assert (library.sync().upserted, library.opened) == (0, opened)


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("DELETE FROM {0} WHERE id = (SELECT min(id) FROM {0})", {"missing": 1}),
        (
            "UPDATE {0} SET embedding = (SELECT embedding FROM {0} ORDER BY id LIMIT 1 OFFSET 1)"
            " WHERE id = (SELECT min(id) FROM {0})",
            {"wrong": 1},
        ),
        ("INSERT INTO {0} SELECT 'nobody', tokens, embedding FROM {0} LIMIT 1", {"duplicate": 1}),
    ],
)
def test_harm_is_found_and_mended_from_the_store(library: Library, harm: str, found: dict[str, int]) -> None:
    assert not library.verify().is_damaged
    asked = len(library.asked)
    run(library, harm)
    seen = library.verify()
    assert {name: getattr(seen, name) for name in found} == found
    mended = library.verify(repair=True)
    assert mended.repaired
    assert not mended.is_damaged
    assert set(library.vectors()) == set(library.content())
    assert len(library.asked) == asked


@pytest.mark.parametrize("harm", ["DROP TABLE {}", "TRUNCATE {}", "COMMENT ON TABLE {} IS 'restored from a copy'"])
def test_a_table_that_is_not_as_it_was_left_is_made_again_without_embedding(library: Library, harm: str) -> None:
    asked, before = len(library.asked), library.vectors()
    run(library, harm)
    assert isinstance(library.shelf, PgvectorShelf)
    library.shelf = PgvectorShelf(library.shelf.server)  # as another process has it
    library.write({"1.md": "# T1\n\nchanged text 1"})
    assert library.search("first text 3", k=1) == [("docs/3.md", "# T3\n\nfirst text 3")]
    report = library.sync()
    assert "rebuilt" in report.in_words()
    assert len(library.asked) == asked + 1
    assert set(library.vectors()) == set(library.content())
    assert len(library.vectors()) == len(before)
    assert library.sync().upserted == 0


def test_an_interrupted_write_is_finished_without_a_rebuild(library: Library) -> None:
    library.sync_until("upsert")
    assert library.generation.dirty
    asked = len(library.asked)
    assert "rebuilt" not in library.sync(confirm_deletes=True).in_words()
    assert len(library.asked) == asked
    assert set(library.vectors()) == set(library.content())


def test_each_generation_has_a_table_and_pruning_drops_it(library: Library) -> None:
    def tables() -> list[str]:
        statement = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'vectors_docs_%' ORDER BY 1 --{}"
        return [name for (name,) in run(library, statement)]

    [first] = tables()
    library.spec = SPEC.model_copy(update={"chunking": ChunkingSpec(size=8, overlap=0)})
    library.sync(build=True)
    assert len(tables()) == 2
    library.index.prune(Needs({library.spec.fingerprint: ("rag/docs.yaml",)}))
    [kept] = tables()
    assert kept != first
    assert library.search("first text 3", k=1) == [("docs/3.md", "# T3\n\nfirst text 3")]

"""The doctor says of every index whether its vectors can be used, and what to type where not."""

from pathlib import Path

import pytest

from llmops.core.errors import VectorStoreError
from llmops.core.settings import load_settings
from llmops.flows.vector_findings import look_at_vectors
from llmops.storage.pgvector import PgvectorShelf
from llmops.storage.pgvector_table import Server
from llmops.storage.store import Store
from llmops.storage.urls import parse_url
from tests.support.indexes import Library
from tests.support.postgres import PostgresServer


def test_vectors_are_counted_and_harm_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {}, {"vectors.kind": "exact", "vectors.path": "vectors"})
    assert [hint for _, _, hint in look_at_vectors(settings, sqlite_store)] == [""]
    library = Library(tmp_path, sqlite_store).write({"a.md": "one text", "b.md": "another text"})
    library.sync()
    [(_, place, _), (what, detail, hint)] = look_at_vectors(settings, sqlite_store)
    assert place == f"exact: {tmp_path / 'vectors'}"
    assert (what, detail, hint) == (f"vectors of docs {library.generation.uid}", "2 of dimension 64", "")
    (library.folder / "ids.json").write_text("torn")
    [_, (_, detail, hint)] = look_at_vectors(settings, sqlite_store)
    assert "cannot be read" in detail
    assert hint == "llmops index verify docs --repair"
    chroma = load_settings(tmp_path, {}, {"vectors.kind": "memory"})
    [_, (_, detail, _)] = look_at_vectors(chroma, sqlite_store)
    assert detail == "vectors are kept in memory now, not in exact"


def test_a_wrong_kind_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {}, {"vectors.kind": "pgvector"})
    [(what, detail, hint)] = look_at_vectors(settings, sqlite_store)
    assert what == "vectors"
    assert '"pgvector" lives in a PostgreSQL store' in detail
    assert "[store] url" in hint


def test_the_version_of_pgvector_is_told_or_that_it_is_missing(
    pgvector_server: PostgresServer, postgres_url: str
) -> None:
    with pytest.raises(VectorStoreError, match=r"(?s)has no pgvector.*CREATE EXTENSION vector"):
        PgvectorShelf(Server(parse_url(postgres_url), 30.0)).examine()
    with pgvector_server.database() as url:
        shelf = PgvectorShelf(Server(parse_url(url), 30.0))
        assert "the first sync creates the extension vector" in shelf.examine()
        with shelf.server.connected() as connection:
            connection.execute("CREATE EXTENSION vector")
        assert shelf.examine().startswith("pgvector 0.")

"""PostgreSQL with pgvector keeps the promises of a vector store, and says what to type where it cannot."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from llmops.core.errors import ExtraMissing, SettingsError, VectorStoreError
from llmops.core.settings import load_settings
from llmops.domain.ports import VectorShelf, VectorStore
from llmops.storage.pgvector import PgvectorShelf, PgvectorStore, open_shelf
from llmops.storage.pgvector_table import Server, table_name
from llmops.storage.urls import parse_url
from llmops.testing.conformance import DIMENSION, VectorStoreConformance, names, unit_vectors
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="module")
def url(pgvector_server: PostgresServer) -> Iterator[str]:
    with pgvector_server.database() as url:
        yield url


@pytest.fixture
def shelf(url: str) -> PgvectorShelf:
    return PgvectorShelf(Server(parse_url(url), 30.0))


def graphs_from(url: str, count: int) -> PgvectorShelf:
    return PgvectorShelf(Server(parse_url(url), 30.0), graph_from=count)


class TestPgvector(VectorStoreConformance):
    @pytest.fixture(autouse=True)
    def _use(self, url: str) -> None:
        self.url = url

    def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
        shelf = PgvectorShelf(Server(parse_url(self.url), 30.0))
        return shelf.open(f"{path.name}/{name}" if name else name, dimension)

    def elsewhere(self, path: Path) -> str:
        return f"""
from llmops.storage.pgvector import PgvectorShelf
from llmops.storage.pgvector_table import Server
from llmops.storage.urls import parse_url
store = PgvectorShelf(Server(parse_url({self.url!r}), 30.0)).open({f"{path.name}/g1"!r}, {DIMENSION})"""


def test_a_large_table_gets_a_graph_that_finds_what_comparing_finds(url: str) -> None:
    shelf, vectors = graphs_from(url, 500), unit_vectors(900)
    rows = [{"tenant": "few" if number % 30 == 0 else "many"} for number in range(900)]
    store = shelf.open("large", DIMENSION)
    store.upsert(names(900), vectors, rows)
    query = unit_vectors(1, seed=7)[0]
    compared = [store.search(query, 10), store.search(query, 700, {"tenant": "many"})]
    store.close()
    shelf.stamp("large", "m1")
    assert shelf.doubt("large", "m1") == ""
    store = shelf.open("large", DIMENSION)
    with shelf.server.connected() as connection:
        [indexes] = connection.execute(
            "SELECT count(*) FROM pg_indexes WHERE tablename = %s", [table_name("large")]
        ).fetchall()
    assert indexes == (3,)
    found = [name for name, _ in store.search(query, 10)]
    assert len({*found} & {name for name, _ in compared[0]}) >= 9
    assert store.search(query, 700, {"tenant": "many"}) == compared[1]
    few = [name for name, _ in store.search(query, 20, {"tenant": "few"})]
    nearest = [int(row) for row in (-(vectors @ query)).argsort()]
    assert few == [names(900)[row] for row in nearest if rows[row]["tenant"] == "few"][:20]
    store.upsert(["new"], query.reshape(1, -1), [{"tenant": "few"}])
    assert store.search(query, 1)[0][0] == "new"
    store.close()


def test_vectors_of_zeros_are_unlike_all_others(shelf: PgvectorShelf) -> None:
    store = shelf.open("zeros", 2)
    store.upsert(["against", "zero", "along"], np.array([[-1, 0], [0, 0], [2, 0]], dtype=np.float32))
    found = store.search(np.array([1, 0], dtype=np.float32), 3)
    assert found == [("along", 1.0), ("zero", 0.0), ("against", -1.0)]
    assert [score for _, score in store.search(np.zeros(2, dtype=np.float32), 3)] == [0.0, 0.0, 0.0]
    store.close()


def test_what_was_stamped_is_trusted_and_nothing_else(shelf: PgvectorShelf) -> None:
    assert isinstance(shelf, VectorShelf)
    shelf.stamp("kept", "m1")
    assert "vectors_kept_" in shelf.doubt("kept", "m1")
    store = shelf.open("kept", DIMENSION)
    store.upsert(["a"], unit_vectors(1))
    store.close()
    assert "not as the last sync left it" in shelf.doubt("kept", "m1")
    shelf.stamp("kept", "m1")
    assert shelf.doubt("kept", "m1") == ""
    assert "not as the last sync left it" in shelf.doubt("kept", "m2")
    for _ in range(2):
        shelf.discard("kept")
    assert "is not in postgresql+psycopg://llmops:***@" in shelf.doubt("kept", "m1")
    store = shelf.open("kept", DIMENSION)
    assert store.count() == 0
    store.close()


def test_a_write_is_all_or_nothing(shelf: PgvectorShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    store = shelf.open("whole", DIMENSION)
    store.upsert(["a", "b"], unit_vectors(2))
    with pytest.raises(VectorStoreError, match=r"(?s)cannot be written: .*llmops doctor"):
        store.upsert(["b", "c\0"], unit_vectors(2, seed=3))
    assert list(store.ids()) == ["a", "b"]
    np.testing.assert_array_equal(store.fetch(["b"])["b"], unit_vectors(2)[1])
    store.close()


def test_it_is_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = {"vectors.kind": "pgvector", "store.url": "postgres://me:secret@db/team", "vectors.timeout": "9s"}
    shelf = open_shelf(load_settings(tmp_path, {}, arguments))
    assert (shelf.place, shelf.server.timeout) == ("postgresql+psycopg://me:***@db/team", 9.0)
    assert "secret" not in repr(shelf)
    with pytest.raises(SettingsError, match=r'(?s)"pgvector" lives in a PostgreSQL store.*sqlite.*\[store\] url ='):
        open_shelf(load_settings(tmp_path, {}, {"vectors.kind": "pgvector"}))
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(ExtraMissing, match='"pgvector" needs psycopg'):
        shelf.open("g", DIMENSION)


def test_opened_from_the_shelf_it_is_a_store(shelf: PgvectorShelf) -> None:
    store = shelf.open("typed", DIMENSION)
    assert isinstance(store, PgvectorStore)
    store.close()
    store.close()

"""What there is of a table is told, and where the extension or the server is missing, what to type."""

from collections.abc import Iterator

import pytest

from llmops.core.errors import VectorStoreDown, VectorStoreError
from llmops.storage.pgvector import PgvectorShelf
from llmops.storage.pgvector_table import Server, Table, extension_version, look_at, make_table, stamp_table, table_name
from llmops.storage.urls import parse_url
from llmops.testing.conformance import DIMENSION, unit_vectors
from tests.support.postgres import PASSWORD, PostgresServer


@pytest.fixture(scope="module")
def url(pgvector_server: PostgresServer) -> Iterator[str]:
    with pgvector_server.database() as url:
        yield url


@pytest.fixture
def shelf(url: str) -> PgvectorShelf:
    return PgvectorShelf(Server(parse_url(url), 30.0))


def test_a_table_says_of_which_dimension_it_is_and_what_was_stamped(shelf: PgvectorShelf) -> None:
    with shelf.server.connected() as connection:
        table = table_name("docs/1")
        assert look_at(connection, table) == Table()
        stamp_table(connection, "docs/1", "lost")
        for _ in range(2):
            make_table(connection, shelf.server, "docs/1", 5)
        assert extension_version(connection) >= (0, 5)
        assert look_at(connection, table) == Table(exists=True, dimension=5)
        stamp_table(connection, "docs/1", "it's as of 3")
        assert look_at(connection, table).mark == "it's as of 3"


def test_names_of_tables_are_readable_short_and_never_alike() -> None:
    made = [table_name(name) for name in ("team/docs/3f2a", "team-docs/3f2a", "Team/docs/3f2a", "x" * 200)]
    assert made[0].startswith("vectors_team_docs_3f2a_")
    assert len({*made}) == 4
    assert max(map(len, made)) <= 63


def test_a_server_without_pgvector_says_how_to_install_it(postgres_url: str) -> None:
    store = PgvectorShelf(Server(parse_url(postgres_url), 30.0)).open("g", DIMENSION)
    assert store.count() == 0
    with pytest.raises(
        VectorStoreError, match=r"(?s)has no pgvector.*postgresql-\d+-pgvector.*CREATE EXTENSION vector"
    ):
        store.upsert(["a"], unit_vectors(1))
    store.close()


def test_a_user_who_may_not_create_the_extension_is_told_who_can(pgvector_server: PostgresServer) -> None:
    pgvector_server.run(f"CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}'")
    with pgvector_server.database() as url:
        own = parse_url(url).set(username="plain")
        store = PgvectorShelf(Server(own, 30.0)).open("g", DIMENSION)
        with pytest.raises(
            VectorStoreError, match=r'(?s)plain may not create it.*psql -d test_\w+ -c "CREATE EXTENSION vector"'
        ) as refused:
            store.upsert(["a"], unit_vectors(1))
        assert PASSWORD not in str(refused.value) + repr(refused.value.__cause__)
        store.close()
    pgvector_server.run("DROP ROLE plain")


def test_a_server_that_is_gone_and_one_that_is_slow(url: str, shelf: PgvectorShelf) -> None:
    absent = PgvectorShelf(Server(parse_url(url).set(port=1), 30.0))
    with pytest.raises(VectorStoreDown, match=r"(?s)llmops:\*\*\*@.*cannot be reached.*llmops db check"):
        absent.open("g", DIMENSION)
    with pytest.raises(VectorStoreDown, match="cannot be reached"):
        absent.discard("g")
    assert absent.doubt("g", "m") == ""
    store = shelf.open("ended", DIMENSION)
    with shelf.server.connected() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database()"
        )
    with pytest.raises(VectorStoreDown, match=r"terminat|closed"):
        store.count()
    with pytest.raises(VectorStoreError, match=r"(?s)were closed.*Open the index again"):
        store.count()
    store.close()
    with pytest.raises(VectorStoreError, match=r"(?s)statement timeout.*\[vectors\] timeout, 0\.05 s"):
        slow(url)


def slow(url: str) -> None:
    with Server(parse_url(url), 0.05).connected() as connection:
        connection.execute("SELECT pg_sleep(5)")

"""Rows of other people's databases, read and never written."""

import sqlite3
from pathlib import Path

import pytest

from llmops.core.errors import InputError, OutsideError, SettingsError
from llmops.storage.sql_reader import SqlReader


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with three rows in a table `notes`."""
    rows = [(1, "one"), (2, "it's 100 % :two"), (3, None)]
    if request.param == "sqlite":
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)")
            connection.executemany("INSERT INTO notes VALUES (?, ?)", rows)
        connection.close()
        return "sqlite:///shop.db"
    import psycopg

    url = str(request.getfixturevalue("postgres_url"))
    with psycopg.connect(url.replace("+psycopg", "")) as server:
        server.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)")
        with server.cursor() as cursor:
            cursor.executemany("INSERT INTO notes VALUES (%s, %s)", rows)
    return url


def reader(address: str, root: Path, query: str = "SELECT id, body FROM notes;") -> SqlReader:
    return SqlReader(address, root, query, "connection shop")


def test_rows_and_single_rows_are_read(address: str, tmp_path: Path) -> None:
    found = reader(address, tmp_path)
    assert found.columns() == ["id", "body"]
    assert sorted(found.rows(["id", "body"])) == [(1, "one"), (2, "it's 100 % :two"), (3, None)]
    assert found.find("id", [2, 9], ["body"]) == {2: ("it's 100 % :two",)}
    literal = reader(address, tmp_path, "SELECT id, '12:30 %' AS body FROM notes WHERE body LIKE '%:two'")
    assert list(literal.rows(["body"])) == [("12:30 %",)]


@pytest.mark.parametrize(
    "query", ["DELETE FROM notes", "SELECT 1 AS id; DROP TABLE notes", "SELECT * FROM nothing_here", "SELEC"]
)
def test_only_one_select_is_run_and_nothing_is_written(address: str, tmp_path: Path, query: str) -> None:
    with pytest.raises(InputError, match="connection shop refuses the query: ") as caught:
        reader(address, tmp_path, query).columns()
    assert caught.value.hint == "Correct sql.query."
    assert len(list(reader(address, tmp_path).rows(["id"]))) == 3


def test_a_function_that_writes_is_refused(tmp_path: Path, postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url.replace("+psycopg", "")) as server:
        server.execute("CREATE TABLE notes (id INTEGER)")
        server.execute(
            "CREATE FUNCTION sneak() RETURNS INTEGER AS 'INSERT INTO notes VALUES (1) RETURNING id' LANGUAGE sql"
        )
    with pytest.raises(InputError, match="read-only transaction"):
        list(reader(postgres_url, tmp_path, "SELECT sneak() AS id").rows(["id"]))


def test_what_cannot_be_reached_is_no_mistake_of_the_query(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"there is no file .*none\.db"):
        reader("sqlite:///none.db", tmp_path)
    away = "postgresql://ada:hunter2@127.0.0.1:9/shop"
    with pytest.raises(OutsideError, match="connection shop cannot be reached") as caught:
        reader(away, tmp_path).columns()
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"
    with pytest.raises(SettingsError, match="its url is no database URL"):
        reader("nonsense", tmp_path)
    with pytest.raises(SettingsError, match="SQLAlchemy knows no database 'oddbase'"):
        reader("oddbase://x", tmp_path).columns()
